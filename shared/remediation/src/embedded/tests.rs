use guardrails::{
    Account, AccountId, Facet, Guardrail, Mode, Permit, PolicyArn, PolicyName, RoleName, Settings,
};
use time::OffsetDateTime;

use super::*;
use crate::authority::{Everything, Read as _};
use crate::dump::DumpError;
use crate::iam_error::IamError;
use crate::pass::block_on;
use crate::ports::{
    ListRoles as _, ReadRole as _, RemoveBoundary as _, WriteAttachments as _, WriteBoundary as _,
    WriteInline as _, WriteTrust as _, WriteVersion as _,
};

const ACCOUNT: &str = "111122223333";
const CREATED: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const OWN: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn permit() -> Permit {
    let yaml =
        "version: 1\nguardrails: {restrict_cross_account_access: {mode: enforce}}\nprotected_roles: []\n";
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse(ACCOUNT).unwrap() };
    let rules = Settings::read(yaml).unwrap().rules(&account, Mode::Enforce).unwrap();
    rules.permit(Guardrail::RestrictCrossAccountAccess).unwrap()
}

fn account() -> Embedded {
    let account = Embedded::new("aws", ACCOUNT);
    account.seed(|stored| stored.put_role("/", "App", OWN, CREATED)).unwrap();
    account
}

fn name(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn policy(text: &str) -> PolicyName {
    PolicyName::parse(text).unwrap()
}

fn managed(text: &str) -> PolicyArn {
    PolicyArn::parse(&format!("arn:aws:iam::{ACCOUNT}:policy/{text}")).unwrap()
}

fn trusting(principal: &str) -> String {
    OWN.replace(r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, principal)
}

fn put(account: &Embedded, text: &str) -> Result<(), IamError> {
    block_on(account.put_trust(&permit(), &name("App"), text))
}

#[test]
fn the_api_door_refuses_trust_policies_as_iam_does() {
    let account = account();
    let long: String = (0..60).map(|n| format!(r#","{:012}""#, 100_000_000_000_u64 + n)).collect();
    let cases = [
        "",
        "{}",
        &trusting(r#""*""#),
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2013-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"allow","Principal":"*","Action":"sts:AssumeRole"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}"#,
        &trusting(r#"{"AWS":"AROAX2BE4EEWZ2EXD6DFQ"}"#),
        &trusting(r#"{"AWS":"arn:aws:iam::111122223333:role/nobody"}"#),
        &trusting(r#"{"AWS":"arn:aws:iam::111122223333:user/nobody"}"#),
        &trusting(r#"{"AWS":"arn:aws-us-gov:iam::111122223333:root"}"#),
        &trusting(r#"{"AWS":"arn:aws:iam::1111:root"}"#),
        &trusting(r#"{"AWS":"somebody"}"#),
        &trusting(
            r#"{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}"#,
        ),
        &trusting(&format!(r#"{{"AWS":["111122223333"{}]}}"#, long.repeat(3))),
        &OWN.replace("sts:AssumeRole", "sts:AssumeRole\u{2013}"),
        &format!("{}{OWN}", " ".repeat(131_072)),
    ];
    let answers: Vec<String> =
        cases.iter().map(|case| put(&account, case).expect_err(case).to_string()).collect();
    insta::assert_snapshot!(answers.join("\n"));
    assert_eq!(account.stored().trust(&name("App")).unwrap(), OWN);
}

#[test]
fn the_api_door_takes_what_iam_takes() {
    let account = account();
    account.seed(|stored| stored.put_principal("arn:aws:iam::444455556666:role/partner"));
    for principal in [
        r#"{"AWS":"*"}"#,
        r#"{"AWS":["111122223333","arn:aws:iam::444455556666:role/partner"]}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:role/App"}"#,
        r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/App/session"}"#,
        r#"{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#,
    ] {
        assert_eq!(put(&account, &trusting(principal)), Ok(()), "{principal}");
    }
    // White space is free.
    assert_eq!(put(&account, &format!("{}{OWN}", " ".repeat(10_000))), Ok(()));
}

#[test]
fn a_deleted_principal_is_shown_by_its_id_and_can_not_be_written_back() {
    let account = account();
    let partner = "arn:aws:iam::444455556666:role/partner";
    account.seed(|stored| stored.put_trust("App", &trusting(&format!(r#"{{"AWS":"{partner}"}}"#))));
    let read = || block_on(account.role(&name("App"))).unwrap().trust;
    assert!(read().contains(partner));
    account.seed(|stored| stored.take_principal(partner));
    assert!(read().contains(r#"{"AWS":"AROA"#), "{}", read());
    let answer = put(&account, &read()).unwrap_err();
    assert!(matches!(&answer, IamError::Malformed(text) if text.contains("Invalid principal")), "{answer}");
    // One made anew under the same name is another principal.
    account.seed(|stored| stored.put_principal(partner));
    assert!(!read().contains(partner));
}

#[test]
fn role_names_are_found_regardless_of_case() {
    let role = block_on(account().role(&name("aPP"))).unwrap();
    assert_eq!(role.arn.name().as_str(), "App");
    assert!(matches!(block_on(account().role(&name("Ap"))), Err(IamError::Absent(_))));
}

#[test]
fn roles_of_aws_refuse_every_write() {
    let account = account();
    account.seed(|stored| stored.put_role("/aws-reserved/sso.amazonaws.com/", "Sso", OWN, CREATED)).unwrap();
    let (permit, role, p) = (permit(), name("Sso"), policy("p"));
    account.seed(|stored| stored.put_policy(&managed("m"), "v1", READ));
    for answer in [
        block_on(account.put_trust(&permit, &role, OWN)),
        block_on(account.put_inline(&permit, &role, &p, READ)),
        block_on(account.delete_inline(&permit, &role, &p)),
        block_on(account.attach(&permit, &role, &managed("m"))),
        block_on(account.detach(&permit, &role, &managed("m"))),
        block_on(account.put_boundary(&permit, &role, &managed("m"))),
        block_on(account.delete_boundary(&permit, &role)),
    ] {
        assert_eq!(answer, Err(IamError::Unmodifiable("Sso".to_owned())));
    }
}

#[test]
fn inline_policies_have_a_name_a_grammar_and_a_quota_together() {
    let (account, permit, role) = (account(), permit(), name("App"));
    let put = |policy: &PolicyName, text: &str| block_on(account.put_inline(&permit, &role, policy, text));
    assert!(matches!(put(&policy("a b"), READ), Err(IamError::Unexpected(_))));
    let with_principal = READ.replace(r#""Action""#, r#""Principal":"*","Action""#);
    assert!(matches!(put(&policy("p"), &with_principal), Err(IamError::Malformed(_))));
    let large = READ.replace("s3:GetObject", &format!("s3:{}", "G".repeat(6_000)));
    assert_eq!(put(&policy("p"), &large), Ok(()));
    assert!(matches!(put(&policy("q"), &large), Err(IamError::LimitExceeded(_))));
    // Replacing it frees what it took.
    assert_eq!(put(&policy("p"), &large), Ok(()));
    assert_eq!(block_on(account.delete_inline(&permit, &role, &policy("p"))), Ok(()));
    assert!(matches!(
        block_on(account.delete_inline(&permit, &role, &policy("p"))),
        Err(IamError::Absent(_))
    ));
}

#[test]
fn managed_policies_versions_and_boundaries_are_kept() {
    let (account, permit, role, m) = (account(), permit(), name("App"), managed("m"));
    assert!(matches!(block_on(account.attach(&permit, &role, &m)), Err(IamError::Absent(_))));
    account.seed(|stored| {
        stored.put_policy(&m, "v1", READ);
        stored.put_policy(&m, "v2", OWN);
    });
    assert_eq!(block_on(account.attach(&permit, &role, &m)), Ok(()));
    assert_eq!(block_on(account.put_boundary(&permit, &role, &m)), Ok(()));
    assert_eq!(block_on(account.set_default_version(&permit, &m, "v1")), Ok(()));
    let read = || {
        let role = block_on(Everything(account.clone()).read(&role, Facet::All)).unwrap();
        role.permissions.unwrap()
    };
    assert_eq!((read().attached[0].version.as_str(), read().attached[0].text.as_str()), ("v1", READ));
    assert_eq!(read().boundary.unwrap().arn, m);
    assert_eq!(block_on(account.detach(&permit, &role, &m)), Ok(()));
    assert_eq!(block_on(account.delete_boundary(&permit, &role)), Ok(()));
    assert_eq!((read().attached.len(), read().boundary), (0, None));
    for number in 0..10 {
        account.seed(|stored| stored.put_policy(&managed(&format!("n{number}")), "v1", READ));
        assert_eq!(block_on(account.attach(&permit, &role, &managed(&format!("n{number}")))), Ok(()));
    }
    assert!(matches!(block_on(account.attach(&permit, &role, &m)), Err(IamError::LimitExceeded(_))));
}

#[test]
fn a_call_without_an_answer_may_have_been_carried_out() {
    let account = account();
    let star = trusting(r#"{"AWS":"*"}"#);
    account.fail(0, Fault::UnansweredNotDone);
    assert!(matches!(put(&account, &star), Err(IamError::Unanswered(_))));
    assert_eq!(account.stored().trust(&name("App")).unwrap(), OWN);
    account.fail(1, Fault::UnansweredDone);
    assert!(matches!(put(&account, &star), Err(IamError::Unanswered(_))));
    assert_eq!(account.stored().trust(&name("App")).unwrap(), star);
    assert_eq!(account.writes(), 2);
}

#[test]
fn stale_reads_show_what_was_before_the_last_change() {
    let account = account();
    account.stale_after_write(2);
    put(&account, &trusting(r#"{"AWS":"*"}"#)).unwrap();
    let reads: Vec<bool> =
        (0..3).map(|_| block_on(account.role(&name("App"))).unwrap().trust == OWN).collect();
    assert_eq!(reads, [true, true, false]);
}

#[test]
fn a_dump_is_read_whole_and_what_is_not_understood_is_named() {
    let dump = r#"{
      "UserDetailList": [{"Arn": "arn:aws:iam::111122223333:user/eve", "UserId": "AIDAX2BE4EEWZ2EXD6DFQ"}],
      "RoleDetailList": [
        {"RoleName": "app", "RoleId": "AROAX2BE4EEWZ2EXD6DF1", "Arn": "arn:aws:iam::111122223333:role/x/app",
         "CreateDate": "2026-11-20T10:00:00+00:00",
         "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
           "Principal": {"AWS": ["arn:aws:iam::111122223333:role/later", "arn:aws:iam::111122223333:user/eve"]},
           "Action": "sts:AssumeRole"}]},
         "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": []}}],
         "AttachedManagedPolicies": [{"PolicyName": "m", "PolicyArn": "arn:aws:iam::111122223333:policy/m"}],
         "PermissionsBoundary": {"PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/m"}},
        {"RoleName": "later", "RoleId": "AROAX2BE4EEWZ2EXD6DF2", "Arn": "arn:aws:iam::111122223333:role/later",
         "AssumeRolePolicyDocument": "%7B%22Statement%22%3A%5B%5D%7D"},
        {"RoleName": "odd", "RoleId": 7},
        {"RoleName": "bare", "RoleId": "AROAX2BE4EEWZ2EXD6DF3", "Arn": "arn:aws:iam::111122223333:role/bare",
         "AssumeRolePolicyDocument": "{}",
         "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/NotInTheDump"}]}],
      "Policies": [{"Arn": "arn:aws:iam::111122223333:policy/m", "DefaultVersionId": "v1", "PolicyVersionList": [
        {"VersionId": "v2", "IsDefaultVersion": false, "Document": {"Statement": "two"}},
        {"VersionId": "v1", "IsDefaultVersion": true, "Document": {"Statement": "one"}}]}]
    }"#;
    let page = block_on(Embedded::from_dump(dump).unwrap().page(None)).unwrap();
    assert_eq!(page.next, None);
    insta::assert_debug_snapshot!((page.roles, page.unreadable));
    assert!(matches!(Embedded::from_dump("{}"), Err(DumpError::NoList)));
    assert!(matches!(Embedded::from_dump(r#"{"RoleDetailList":[]}"#), Err(DumpError::NoRole)));
}
