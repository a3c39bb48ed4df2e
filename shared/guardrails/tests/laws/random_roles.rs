//! The three obligations of a repair, on random roles: what it leaves is safe, what was safe is not lost, and
//! nothing is newly allowed. The plain evaluator is the judge, request by request, not the proofs.

use policy::{AccountId as Number, Caller, Context, Decision, Document, Policies, Request, evaluate};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rescind_guardrails::{
    Account, AccountId, Facet, InlinePolicy, Kind, LastGood, Mode, Permissions, Plan, PolicyName, Role,
    RoleArn, RoleId, Rules, Settings, Step, Strategy as How, check, plan,
};
use serde_json::{Value, json};
use time::OffsetDateTime;

const OWN: &str = "111122223333";
const SETTINGS: &str = r#"
version: 1
organization: {id: o-exampleorg1, trusted: true}
guardrails:
  restrict_cross_account_access:
    mode: enforce
    trusted_accounts: ["444455556666"]
    trusted_services: [lambda.amazonaws.com]
    source_bound_services: [scheduler.amazonaws.com]
  lock_down_permissions:
    mode: enforce
    scope: all_roles
    never: ["organizations:*", "s3:DeleteBucket"]
protected_roles: []
"#;

fn rules() -> Rules {
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse(OWN).unwrap() };
    Settings::read(SETTINGS).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn role(trust: String, permissions: Option<Permissions>) -> Role {
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust,
        boundary: None,
        permissions,
    }
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn applied(plan: &Plan, role: &Role) -> Role {
    plan.steps().iter().fold(role.clone(), |role, planned| planned.step.applied_to(&role, &[]).unwrap())
}

/// The values of the condition keys that decide here.
type Keys = &'static [(&'static str, &'static str)];

mod trust {
    use super::*;

    pub(super) fn statement() -> impl Strategy<Value = Value> {
        (prop::bool::weighted(0.2), principals(), select(ACTIONS), subsequence(CONDITIONS, 0..=1)).prop_map(
            |(deny, principals, action, conditions)| {
                let mut one = json!({"Effect": if deny { "Deny" } else { "Allow" }, "Principal": principals});
                one["Action"] = json!(action);
                for (operator, key, value) in conditions {
                    one["Condition"] = json!({operator: {key: value}});
                }
                one
            },
        )
    }

    fn principals() -> impl Strategy<Value = Value> {
        prop_oneof![
            1 => Just(json!("*")),
            1 => Just(json!({"AWS": "*"})),
            5 => subsequence(PRINCIPALS, 1..=3).prop_map(|all| json!({"AWS": all})),
            2 => subsequence(SERVICES, 1..=2).prop_map(|all| json!({"Service": all})),
            2 => (subsequence(PRINCIPALS, 1..=2), select(SERVICES))
                .prop_map(|(aws, service)| json!({"AWS": aws, "Service": service})),
        ]
    }

    const ACTIONS: &[&str] = &["sts:AssumeRole", "sts:AssumeRole", "sts:*", "sts:TagSession"];
    const SERVICES: &[&str] = &["lambda.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com"];
    const PRINCIPALS: &[&str] = &[
        "111122223333",
        "arn:aws:iam::111122223333:role/x",
        "arn:aws:iam::444455556666:root",
        "999988887777",
        "arn:aws:iam::999988887777:role/x",
        "arn:aws:iam::555566667777:role/y",
    ];
    const CONDITIONS: &[(&str, &str, &str)] = &[
        ("StringEquals", "aws:PrincipalOrgID", "o-exampleorg1"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-exampleorg1"),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringEquals", "aws:PrincipalAccount", "111122223333"),
        ("StringEquals", "sts:ExternalId", "k1"),
        ("StringEquals", "aws:SourceAccount", "111122223333"),
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/x"),
    ];

    /// A request to assume the role, and whether the caller may.
    pub(super) struct Attempt {
        request: Request,
        is_inside: bool,
        is_service: bool,
    }

    impl Attempt {
        fn is_of(&self, account: &str) -> bool {
            let mut keys = self.request.context.iter();
            keys.any(|(_, values)| values.iter().any(|value| **value == *account))
        }
    }

    /// Does the document let everybody with AWS credentials in? The evaluator, which takes the wider reading,
    /// counts services among them; nobody means that by it, and nobody is told that they lose it.
    fn is_wider(trust: &Document, attempt: &Attempt) -> bool {
        attempt.is_service && trust.text.contains(r#"{"AWS":"*"}"#)
    }

    pub(super) fn attempts() -> Vec<Attempt> {
        let accounts: [(&str, Option<&str>, bool); 6] = [
            (OWN, Some("o-exampleorg1"), true),
            ("444455556666", None, true),
            ("555566667777", Some("o-exampleorg1"), true),
            ("999988887777", Some("o-strangers9"), false),
            ("999988887777", None, false),
            ("888877776666", None, false),
        ];
        let extras: [Keys; 3] = [&[], &[("sts:ExternalId", "k1")], &[("aws:MultiFactorAuthPresent", "true")]];
        let mut all = Vec::new();
        for (account, organization, is_inside) in accounts {
            for (name, extra) in ["x", "y"].into_iter().flat_map(|name| extras.map(|extra| (name, extra))) {
                let arn = format!("arn:aws:iam::{account}:role/{name}");
                let mut context = keys(extra);
                context.set("aws:PrincipalArn", [arn.as_str()]);
                context.set("aws:PrincipalAccount", [account]);
                organization.into_iter().for_each(|id| context.set("aws:PrincipalOrgID", [id]));
                let request = request(Caller::parse(&arn).unwrap(), context);
                all.push(Attempt { request, is_inside, is_service: false });
            }
        }
        let own: Keys = &[("aws:SourceAccount", OWN)];
        let strangers: Keys = &[("aws:SourceAccount", "888877776666")];
        for (service, source, is_inside) in [
            ("lambda.amazonaws.com", own, true),
            ("lambda.amazonaws.com", &[], true),
            ("scheduler.amazonaws.com", own, true),
            ("scheduler.amazonaws.com", strangers, false),
            ("sns.amazonaws.com", own, false),
            ("sns.amazonaws.com", &[], false),
        ] {
            let mut context = keys(source);
            context.set("aws:PrincipalIsAWSService", ["true"]);
            let request = request(Caller::service(service).unwrap(), context);
            all.push(Attempt { request, is_inside, is_service: true });
        }
        all
    }

    /// What a service sends that acts for the own account.
    fn own_service() -> Context {
        let mut context = keys(&[("aws:SourceAccount", OWN)]);
        context.set("aws:PrincipalIsAWSService", ["true"]);
        context
    }

    fn keys(pairs: Keys) -> Context {
        pairs.iter().fold(Context::new(), |context, (key, value)| context.with(*key, [*value]))
    }

    fn request(caller: Caller, context: Context) -> Request {
        let mut request = Request::new(caller, "sts:AssumeRole", "arn:aws:iam::111122223333:role/app");
        request.context = context;
        request
    }

    fn admits(trust: &Document, attempt: &Attempt) -> bool {
        let all = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
        let anything = Document::read(document(all.as_array().unwrap())).unwrap();
        let policies = Policies { identity: vec![&anything], resource: Some(trust), ..Policies::default() };
        evaluate(&attempt.request, &policies).decision == Decision::Allowed
    }

    pub(super) fn obligations(statements: &[Value], attempts: &[Attempt]) -> Result<(), TestCaseError> {
        let (rules, role) = (rules(), role(document(statements), None));
        let plan = plan(&rules, &role, check(&rules, &role, Facet::Trust), &LastGood::default());
        let repaired = applied(&plan, &role);
        prop_assert!(plan.open().is_empty() && check(&rules, &repaired, Facet::Trust).is_empty());
        let [before, after] = [&role, &repaired].map(|role| Document::read(role.trust.as_str()).unwrap());
        let proof: String = plan.steps().iter().flat_map(|planned| planned.proof.clone()).collect();
        for attempt in attempts {
            let (was, is) = (admits(&before, attempt), admits(&after, attempt));
            // Whom only a `*` may mean is allowed where it acts for an allowed source.
            let of_an_allowed_source =
                attempt.request.context == own_service() && !after.text.contains("sns.amazonaws.com");
            let is_allowed = attempt.is_inside || of_an_allowed_source;
            prop_assert!(is_allowed || !is, "an outsider: {:?}\n{}", attempt.request, after.text);
            prop_assert!(was || !is, "newly allowed: {:?}\n{}", attempt.request, after.text);
            // Whoever names an account that the settings do not is taken at his word: it is outside, whatever
            // organization it may be in.
            let is_named = before.text.contains("555566667777") && attempt.is_of("555566667777");
            let is_lost = was && !is && attempt.is_inside && !is_named && !is_wider(&before, attempt);
            prop_assert!(
                !is_lost || !proof.contains("still can"),
                "lost unsaid: {:?}\n{}\n{}",
                attempt.request,
                before.text,
                after.text
            );
        }
        let is_narrowed = plan.steps().iter().any(|planned| planned.strategy == How::Narrow);
        for statement in statements.iter().filter(|_| is_narrowed) {
            gone_for_a_reason(&rules, &repaired, statement)?;
        }
        Ok(())
    }

    /// An Allow that is gone as a whole makes the role unsafe when it is put back.
    fn gone_for_a_reason(rules: &Rules, repaired: &Role, statement: &Value) -> Result<(), TestCaseError> {
        let mut left: Value = serde_json::from_str(&repaired.trust).unwrap();
        let kept = left["Statement"].as_array_mut().unwrap();
        let is_cut = |one: &&mut Value| {
            one["Action"] == statement["Action"] && one["Condition"] == statement["Condition"]
        };
        // IAM would not take a bare `*` back.
        let is_refused = statement["Principal"] == "*";
        if statement["Effect"] == "Deny" || is_refused || kept.iter_mut().any(|one| is_cut(&one)) {
            return Ok(());
        }
        kept.push(statement.clone());
        let again = Role { trust: left.to_string(), ..repaired.clone() };
        prop_assert!(
            !check(rules, &again, Facet::Trust).is_empty(),
            "cut for nothing: {statement}\nleft: {}",
            repaired.trust
        );
        Ok(())
    }
}

mod permissions {
    use super::*;

    pub(super) fn policies() -> impl Strategy<Value = Vec<String>> {
        let policy = prop::collection::vec(statement(), 1..4).prop_map(|statements| document(&statements));
        prop::collection::vec(policy, 1..4)
    }

    fn statement() -> impl Strategy<Value = Value> {
        let condition = prop::option::weighted(0.25, select(CONDITIONS));
        (prop::bool::weighted(0.2), subsequence(ACTIONS, 1..=3), select(RESOURCES), condition).prop_map(
            |(deny, actions, resource, condition)| {
                let mut one = json!({"Effect": if deny { "Deny" } else { "Allow" }});
                one["Action"] = json!(actions);
                one["Resource"] = json!(resource);
                if let Some((operator, key, value)) = condition {
                    one["Condition"] = json!({operator: {key: value}});
                }
                one
            },
        )
    }

    const ACTIONS: &[&str] = &[
        "s3:GetObject",
        "s3:Delete*",
        "s3:*",
        "organizations:LeaveOrganization",
        "organizations:Describe*",
        "o*:List*",
        "sqs:SendMessage",
        "*:List*",
    ];
    const RESOURCES: &[&str] = &["*", "arn:aws:s3:::a/*", "arn:aws:s3:::a*", "arn:aws:s3:::b"];
    const CONDITIONS: &[(&str, &str, &str)] = &[
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:SecureTransport", "false"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
    ];

    fn requests() -> Vec<Request> {
        let actions = [
            "s3:GetObject",
            "s3:DeleteBucket",
            "s3:DeleteObject",
            "organizations:LeaveOrganization",
            "organizations:DescribeAccount",
            "organizations:ListRoots",
            "sqs:SendMessage",
            "sqs:ListQueues",
        ];
        let resources = ["*", "arn:aws:s3:::a/k", "arn:aws:s3:::ab", "arn:aws:s3:::b"];
        let caller = Caller::parse("arn:aws:iam::111122223333:role/app").unwrap();
        let mut all = Vec::new();
        for (action, resource) in actions.into_iter().flat_map(|one| resources.map(|other| (one, other))) {
            for transport in ["true", "false"] {
                let mut request = Request::new(caller.clone(), action, resource);
                request.resource_account = Number::parse(OWN);
                request.context = Context::new()
                    .with("aws:SecureTransport", [transport])
                    .with("aws:RequestedRegion", ["eu-west-1"]);
                all.push(request);
            }
        }
        all
    }

    fn is_never(action: &str) -> bool {
        action.starts_with("organizations:") || action == "s3:DeleteBucket"
    }

    fn allows(documents: &[Document], request: &Request) -> bool {
        let policies = Policies { identity: documents.iter().collect(), ..Policies::default() };
        evaluate(request, &policies).decision == Decision::Allowed
    }

    fn documents(role: &Role) -> Vec<Document> {
        let inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
        inline.map(|policy| Document::read(policy.text.as_str()).unwrap()).collect()
    }

    pub(super) fn obligations(policies: Vec<String>) -> Result<(), TestCaseError> {
        let rules = rules();
        let names = ('a'..).map(|name| PolicyName::parse(&name.to_string()).unwrap());
        let inline = names.zip(policies).map(|(name, text)| InlinePolicy { name, text }).collect();
        let role = role(String::new(), Some(Permissions { inline, ..Permissions::default() }));
        let findings = check(&rules, &role, Facet::Permissions);
        let only_never = findings.iter().all(|finding| matches!(finding.kind, Kind::NeverAllowed { .. }));
        let plan = plan(&rules, &role, findings, &LastGood::default());
        let repaired = applied(&plan, &role);
        let left: Vec<Kind> =
            check(&rules, &repaired, Facet::Permissions).into_iter().map(|finding| finding.kind).collect();
        let open: Vec<Kind> = plan.open().iter().map(|open| open.finding.kind.clone()).collect();
        prop_assert_eq!(&left, &open);
        let (before, after) = (documents(&role), documents(&repaired));
        for request in requests() {
            let (was, is) = (allows(&before, &request), allows(&after, &request));
            let action = request.action.as_str();
            prop_assert!(!is || !is_never(action) || !open.is_empty(), "{action} is still allowed");
            prop_assert!(was || !is, "newly allowed: {:?}", request);
            let is_lost = was && !is && !is_never(action);
            prop_assert!(!is_lost || !only_never, "lost: {:?}\n{:#?}", request, texts(&plan));
        }
        Ok(())
    }

    fn texts(plan: &Plan) -> Vec<&Step> {
        plan.steps().iter().map(|planned| &planned.step).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn of_a_trust_policy(statements in prop::collection::vec(trust::statement(), 1..5)) {
        trust::obligations(&statements, &trust::attempts())?;
    }

    #[test]
    fn of_permission_policies(policies in permissions::policies()) {
        permissions::obligations(policies)?;
    }
}
