//! `rescind event`: a test event for one's own account.

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use guardrails::{AccountId, Digest, PolicyArn, PolicyName, RoleArn, RoleName};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::documents::{self, Wanted};
use crate::output::{self, FAINT, Format, Out};
use crate::status::Status;

/// Print a test event for one's own account, as CloudTrail would report it
///
/// It tries a function, or `rescind replay`. A function that gets it looks at the live role, so the role
/// should exist.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Args {
    /// The role, by name or ARN
    role: String,
    /// The call that the event reports, by the name of the function that serves it
    #[arg(long, value_enum)]
    kind: Kind,
    /// The account; taken from the role's ARN if that is given
    #[arg(long, env = "RESCIND_ACCOUNT", hide_env_values = true, value_name = "ID")]
    account: Option<String>,
    /// The policy in the call; `-` is standard input [default: one that reaches too far]
    #[arg(long, value_name = "FILE")]
    document: Option<String>,
    /// The managed policy that is attached, changed or made the boundary [default: one that allows everything]
    #[arg(long, value_name = "ARN")]
    policy: Option<String>,
    /// The name of the inline policy
    #[arg(long, value_name = "NAME", default_value = "inline")]
    policy_name: String,
    /// When the call was made, such as 2026-11-20T09:01:17Z [default: now]
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// How to print the event; json is one line
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    CreateRole,
    #[value(alias = "update-trust")]
    UpdateAssumeRolePolicy,
    PutRolePolicy,
    AttachRolePolicy,
    ChangePolicyVersion,
    ChangePermissionsBoundary,
    UpdateRole,
    Sweep,
}

const EXAMPLES: &str = "\
Examples:
  rescind event order-worker --kind update-trust --account 111122223333 > event.json
  rescind event order-worker --kind put-role-policy --document policy.json --account 111122223333
  rescind event order-worker --kind attach-role-policy --account 111122223333
  rescind replay event.json --settings settings.yaml";

/// What the event tells of.
struct Call {
    account: AccountId,
    arn: RoleArn,
    document: String,
    policy: PolicyName,
    managed: PolicyArn,
    time: OffsetDateTime,
}

pub(crate) fn run(args: &Args, out: &mut Out) -> anyhow::Result<Status> {
    let (account, arn) = role(&args.role, args.account.as_deref())?;
    let document = match &args.document {
        Some(file) => given(file, args.kind)?,
        None => sample(args.kind, &account),
    };
    let managed = match &args.policy {
        Some(policy) => PolicyArn::parse(policy)?,
        None => everything(args.kind, &arn)?,
    };
    let policy = PolicyName::parse(&args.policy_name)?;
    let call = Call { account, arn, document, policy, managed, time: time(args)? };
    let event = event(args.kind, &call)?;
    match args.output {
        Format::Text => out.lines(format_args!("{event:#}"))?,
        Format::Json => out.document(&event)?,
    }
    Ok(Status::Yes)
}

/// The policy of the call, as a file holds it.
fn given(file: &str, kind: Kind) -> anyhow::Result<String> {
    let wanted = match kind {
        Kind::CreateRole | Kind::UpdateAssumeRolePolicy => Wanted::Trust,
        Kind::PutRolePolicy | Kind::ChangePolicyVersion => Wanted::Permissions,
        Kind::AttachRolePolicy | Kind::ChangePermissionsBoundary | Kind::UpdateRole | Kind::Sweep => {
            bail!("such a call carries no policy: leave `--document` out")
        }
    };
    let file = documents::read(file, wanted)?;
    if let Some(taken) = file.judged() {
        output::say(output::painted(&format!("taken: {taken}"), FAINT));
    }
    Ok(file.document.text)
}

fn role(given: &str, account: Option<&str>) -> anyhow::Result<(AccountId, RoleArn)> {
    let account = account.map(AccountId::parse).transpose()?;
    if given.starts_with("arn:") {
        let arn = RoleArn::parse(given)?;
        let own = AccountId::parse(arn.account())?;
        if let Some(other) = account.filter(|account| *account != own) {
            bail!("the role lies in account `{own}`, not in `{other}`");
        }
        return Ok((own, arn));
    }
    let name = RoleName::parse(given)?;
    let account = account.context("say which account the event is for: `--account 111122223333`")?;
    let arn = RoleArn::parse(&format!("arn:aws:iam::{account}:role/{name}"))?;
    Ok((account, arn))
}

fn time(args: &Args) -> anyhow::Result<OffsetDateTime> {
    match &args.time {
        Some(text) => OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|_| anyhow!("`{text}` is no time; write it like 2026-11-20T09:01:17Z")),
        None => Ok(crate::clock::now().replace_nanosecond(0)?),
    }
}

/// A policy that the guardrails object to.
fn sample(kind: Kind, account: &AccountId) -> String {
    match kind {
        Kind::CreateRole | Kind::UpdateAssumeRolePolicy => {
            let outsider = if account.as_str() == "999988887777" { "444455556666" } else { "999988887777" };
            format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{outsider}:root"}},"Action":"sts:AssumeRole"}}]}}"#
            )
        }
        Kind::PutRolePolicy
        | Kind::AttachRolePolicy
        | Kind::ChangePolicyVersion
        | Kind::ChangePermissionsBoundary
        | Kind::UpdateRole
        | Kind::Sweep => {
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#
                .to_owned()
        }
    }
}

/// A managed policy that allows everything: AWS's own, or where it is changed, one of the account.
fn everything(kind: Kind, role: &RoleArn) -> anyhow::Result<PolicyArn> {
    let (owner, name) = match kind {
        Kind::ChangePolicyVersion => (role.account(), "everything"),
        Kind::CreateRole
        | Kind::UpdateAssumeRolePolicy
        | Kind::PutRolePolicy
        | Kind::AttachRolePolicy
        | Kind::ChangePermissionsBoundary
        | Kind::UpdateRole
        | Kind::Sweep => ("aws", "AdministratorAccess"),
    };
    Ok(PolicyArn::parse(&format!("arn:{}:iam::{owner}:policy/{name}", role.partition()))?)
}

fn event(kind: Kind, call: &Call) -> anyhow::Result<Value> {
    let time = call.time.format(&Rfc3339)?;
    let id = |what: &str| uuid(&format!("{what} {} {time}", call.arn));
    let (name, parameters, response) = told(kind, call);
    Ok(json!({
        "version": "0",
        "id": id("event"),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": call.account.as_str(),
        "time": time,
        "region": region(call.arn.partition()),
        "resources": [],
        "detail": {
            "eventVersion": "1.11",
            "userIdentity": caller(call),
            "eventTime": time,
            "eventSource": "iam.amazonaws.com",
            "eventName": name,
            "awsRegion": region(call.arn.partition()),
            "sourceIPAddress": "203.0.113.24",
            "userAgent": "rescind-test-event",
            "requestParameters": parameters,
            "responseElements": response,
            "requestID": id("request"),
            "eventID": id("record"),
            "readOnly": false,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": call.account.as_str(),
            "eventCategory": "Management",
        },
    }))
}

/// The name of the call, its parameters, and IAM's answer.
fn told(kind: Kind, call: &Call) -> (&'static str, Value, Value) {
    let role = call.arn.name().as_str();
    let (document, managed) = (&call.document, call.managed.as_str());
    match kind {
        Kind::CreateRole => ("CreateRole", created(call), response(call)),
        Kind::UpdateAssumeRolePolicy => {
            ("UpdateAssumeRolePolicy", json!({"roleName": role, "policyDocument": document}), Value::Null)
        }
        Kind::PutRolePolicy => {
            let policy = call.policy.as_str();
            let parameters = json!({"roleName": role, "policyName": policy, "policyDocument": document});
            ("PutRolePolicy", parameters, Value::Null)
        }
        Kind::AttachRolePolicy => {
            ("AttachRolePolicy", json!({"roleName": role, "policyArn": managed}), Value::Null)
        }
        Kind::ChangePolicyVersion => (
            "CreatePolicyVersion",
            json!({"policyArn": managed, "policyDocument": document, "setAsDefault": true}),
            json!({"policyVersion": {"versionId": "v2", "isDefaultVersion": true}}),
        ),
        Kind::ChangePermissionsBoundary => {
            let parameters = json!({"roleName": role, "permissionsBoundary": managed});
            ("PutRolePermissionsBoundary", parameters, Value::Null)
        }
        Kind::UpdateRole => {
            ("UpdateRole", json!({"roleName": role, "maxSessionDuration": 43_200}), json!({}))
        }
        Kind::Sweep => {
            let provider = format!("arn:{}:iam::{}:saml-provider/Corp", call.arn.partition(), call.account);
            ("UpdateSAMLProvider", json!({"sAMLProviderArn": provider}), Value::Null)
        }
    }
}

fn created(call: &Call) -> Value {
    json!({
        "path": call.arn.path(),
        "roleName": call.arn.name().as_str(),
        "assumeRolePolicyDocument": call.document,
        "maxSessionDuration": 3600,
    })
}

fn response(call: &Call) -> Value {
    json!({"role": {
        "arn": call.arn.as_str(),
        "path": call.arn.path(),
        "roleName": call.arn.name().as_str(),
        "roleId": identifier("AROA", call.arn.as_str()),
    }})
}

fn caller(call: &Call) -> Value {
    json!({
        "type": "IAMUser",
        "principalId": identifier("AIDA", "tester"),
        "arn": format!("arn:{}:iam::{}:user/tester", call.arn.partition(), call.account),
        "accountId": call.account.as_str(),
        "userName": "tester",
    })
}

/// Where IAM's events are delivered.
fn region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    }
}

/// An id in the form of a UUID, the same for the same text.
fn uuid(text: &str) -> String {
    let digits = Digest::of(text).to_string();
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// A unique id as IAM forms them, the same for the same text.
fn identifier(prefix: &str, text: &str) -> String {
    let digits = Digest::of(text).to_string().to_uppercase();
    format!("{prefix}{}", digits.get(..17).unwrap_or_default())
}
