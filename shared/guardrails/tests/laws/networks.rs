//! A network bounds a caller only if the settings list it.

use rescind_guardrails::{
    Account, AccountId, Facet, LastGood, Mode, Role, RoleArn, RoleId, Rules, Settings, check, plan,
};
use time::OffsetDateTime;

fn rules(networks: &str) -> Rules {
    let settings = format!(
        "version: 1\nguardrails:\n  restrict_cross_account_access: {{mode: enforce, trusted_networks: {networks}}}\nprotected_roles: []\n"
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

/// Lets everybody in who meets the condition.
fn role(condition: &str) -> Role {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"sts:AssumeRole","Condition":{condition}}}]}}"#
    );
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust,
        boundary: None,
        permissions: None,
    }
}

const OFFICE: &str = r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/25"}}"#;
const ENDPOINT: &str = r#"{"StringEquals":{"aws:SourceVpce":"vpce-0123456789abcdef0"}}"#;
const NETWORK: &str = r#"{"StringEquals":{"aws:SourceVpc":"vpc-0123456789abcdef0"}}"#;
const WIDER: &str = r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","198.51.100.0/24"]}}"#;
const IF_THERE: &str = r#"{"IpAddressIfExists":{"aws:SourceIp":"203.0.113.0/24"}}"#;

#[test]
fn only_what_is_listed_bounds_a_caller() {
    let none = rules("[]");
    let all = rules("[203.0.113.0/24, vpc-0123456789abcdef0, vpce-0123456789abcdef0]");
    for condition in [OFFICE, ENDPOINT, NETWORK] {
        assert_eq!(check(&none, &role(condition), Facet::Trust).len(), 1, "{condition}");
        assert!(check(&all, &role(condition), Facet::Trust).is_empty(), "{condition}");
    }
    for condition in [WIDER, IF_THERE] {
        let role = role(condition);
        let findings = check(&all, &role, Facet::Trust);
        assert_eq!(findings.len(), 1, "{condition}");
        let plan = plan(&all, &role, findings, &LastGood::default());
        let repaired = plan.steps()[0].step.applied_to(&role, &[]).unwrap();
        assert!(check(&all, &repaired, Facet::Trust).is_empty(), "{condition}");
    }
}
