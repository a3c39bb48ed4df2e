//! What no repair does: close the way in of the management account, and write what IAM would refuse.

use rescind_guardrails::{
    Account, AccountId, Facet, LastGood, Mode, Plan, Role, RoleArn, RoleId, Rules, Settings, Step, Strategy,
    Why, check, plan,
};
use time::OffsetDateTime;

const OWN: &str = r#"{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}"#;
const MANAGEMENT: &str =
    r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999900001111:root"},"Action":"sts:AssumeRole"}"#;

fn rules(organization: &str, restrict: &str) -> Rules {
    let settings = format!(
        "version: 1\n{organization}\nguardrails:\n  restrict_cross_account_access: {{mode: enforce{restrict}}}\nprotected_roles: []\n"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn managed() -> Rules {
    rules("organization: {id: o-exampleorg1, management_account: \"999900001111\"}", "")
}

fn role(name: &str, statements: &[&str]) -> Role {
    Role {
        arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role/{name}")).unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")),
        boundary: None,
        permissions: None,
    }
}

fn planned(rules: &Rules, role: &Role) -> Plan {
    plan(rules, role, check(rules, role, Facet::Trust), &LastGood::default())
}

/// The strategy, and the trust policy that it leaves.
fn written(plan: &Plan) -> (Strategy, &str) {
    let [planned] = plan.steps() else { panic!("{plan:#?}") };
    let Step::PutTrust { after, .. } = &planned.step else { panic!("{planned:#?}") };
    (planned.strategy, after)
}

#[test]
fn the_way_in_of_the_management_account_is_found_and_never_closed() {
    for name in ["OrganizationAccountAccessRole", "anything"] {
        let plan = planned(&managed(), &role(name, &[MANAGEMENT]));
        assert_eq!(plan.steps(), []);
        let [open] = plan.open() else { panic!("{plan:#?}") };
        let Why::Protected { reason } = &open.why else { panic!("{plan:#?}") };
        assert!(reason.contains("`999900001111`"), "{reason}");
    }
    let nobody_named = rules("", "");
    let (strategy, _) = written(&planned(&nobody_named, &role("anything", &[MANAGEMENT]))).to_owned();
    assert_eq!(strategy, Strategy::Quarantine, "nothing says that this account administers ours");
}

/// Whoever may write a trust policy must not be able to make use of it.
#[test]
fn it_exempts_nobody_else() {
    let outsider = r#"{"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"sts:AssumeRole"}"#;
    let both =
        r#"{"Effect":"Allow","Principal":{"AWS":["999900001111","999988887777"]},"Action":"sts:AssumeRole"}"#;
    let anyone = r#"{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"aws:PrincipalAccount":"9999*"}}}"#;
    let rules = managed();
    for name in ["OrganizationAccountAccessRole", "break-glass", "admin"] {
        let (strategy, _) = written(&planned(&rules, &role(name, &[outsider])));
        assert_eq!(strategy, Strategy::Quarantine, "{name}");
        let (strategy, _) = written(&planned(&rules, &role(name, &[anyone])));
        assert_eq!(strategy, Strategy::Quarantine, "{name}");
        for statements in [&[MANAGEMENT, outsider][..], &[both]] {
            let role = role(name, statements);
            let plan = planned(&rules, &role);
            let (strategy, after) = written(&plan);
            assert_eq!(strategy, Strategy::Narrow);
            assert!(!after.contains("999988887777") && after.contains("999900001111"), "{after}");
            assert!(matches!(plan.open(), [open] if matches!(open.why, Why::Protected { .. })), "{plan:#?}");
            let repaired = plan.steps()[0].step.applied_to(&role, &[]).unwrap();
            assert_eq!(planned(&rules, &repaired).steps(), []);
        }
    }
}

#[test]
fn what_iam_would_refuse_is_not_written_back() {
    let rules = rules("", ", trusted_oidc_providers: [{issuer: token.actions.githubusercontent.com}]");
    let outsider = r#"{"Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"sts:AssumeRole"}"#;
    // Stored since before IAM asked for a condition on `sub`.
    let old = r#"{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity"}"#;
    assert_eq!(check(&rules, &role("ci", &[OWN, old]), Facet::Trust), [], "it is trusted as it is");
    let plan = planned(&rules, &role("ci", &[OWN, old, outsider]));
    let (strategy, after) = written(&plan);
    assert_eq!(strategy, Strategy::Narrow);
    assert_eq!(after, role("ci", &[OWN]).trust);
    let step = &plan.steps()[0];
    insta::assert_snapshot!(step.sentence, @"take statement 3 out of the trust policy, and statement 2 too, which IAM would refuse to write back");
    assert!(step.proof.iter().any(|line| line.contains("loses a way")), "{:?}", step.proof);
    let (strategy, _) = written(&planned(&rules, &role("ci", &[old, outsider]))).to_owned();
    assert_eq!(strategy, Strategy::Quarantine, "nothing is left that IAM would take");
}

#[test]
fn deleted_principals_are_not_written_back() {
    let gone = r#"{"Effect":"Allow","Principal":{"AWS":["AIDAEXAMPLEEXAMPLE03","999988887777","111122223333"]},"Action":"sts:AssumeRole"}"#;
    let denied = r#"{"Effect":"Deny","Principal":{"AWS":"AROAEXAMPLEEXAMPLE03"},"Action":"sts:AssumeRole"}"#;
    let plan = planned(&rules("", ""), &role("app", &[gone, denied]));
    assert_eq!(
        written(&plan),
        (
            Strategy::Narrow,
            role("app", &[OWN]).trust.replace(r#""111122223333""#, r#"["111122223333"]"#).as_str()
        )
    );
    let sentence = &plan.steps()[0].sentence;
    assert!(
        sentence.contains("AIDAEXAMPLEEXAMPLE03") && sentence.contains("AROAEXAMPLEEXAMPLE03"),
        "{sentence}"
    );
}
