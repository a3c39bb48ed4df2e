//! Requests drawn from what policies say and from what AWS lets callers send, never from the solver's worlds.

use std::collections::{BTreeMap, BTreeSet};

use rescind_policy::{
    Caller, Condition, ConditionKey, Context, Document, Effect, Element, Part, Principal, Request, Statement,
    Template, analyse::assume::TrustFacts,
};

use crate::{
    dice::Dice,
    facts::{GITHUB, NAMED, ORG, OWN, SELF, TRUSTED, UNNAMED, VENDOR, value},
    keys,
    values::{ODD, drawn, text},
};

/// What the documents say: the keys they look at with the values they compare, and whom they name.
pub(crate) struct Hints {
    keys: BTreeMap<ConditionKey, Vec<String>>,
    principals: Vec<Principal>,
    accounts: Vec<String>,
    organizations: Vec<String>,
    resources: Vec<String>,
    actions: Vec<String>,
}

impl Hints {
    pub(crate) fn of(documents: &[&Document]) -> Self {
        let mut hints = Self {
            keys: BTreeMap::new(),
            principals: Vec::new(),
            accounts: Vec::new(),
            organizations: Vec::new(),
            resources: Vec::new(),
            actions: Vec::new(),
        };
        for statement in documents.iter().flat_map(|document| &document.statements) {
            hints.statement(statement);
        }
        let texts: BTreeSet<String> = hints
            .keys
            .values()
            .flatten()
            .cloned()
            .chain(hints.principals.iter().map(ToString::to_string))
            .collect();
        for text in texts {
            let digits = text.split(|c: char| !c.is_ascii_digit());
            hints.accounts.extend(digits.filter(|run| run.len() == 12).map(str::to_owned));
            let words = text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
            hints.organizations.extend(words.filter(|word| keys::is_org_id(word)).map(str::to_owned));
        }
        hints
    }

    fn statement(&mut self, statement: &Statement) {
        for condition in &statement.conditions {
            let values = self.keys.entry(condition.key.clone()).or_default();
            values.extend(condition.values.iter().map(|value| value.text.to_string()));
            let templates = condition.values.iter().filter_map(|value| value.template.as_ref());
            templates.for_each(|template| variables(&mut self.keys, template));
        }
        for entry in statement.principal.iter().flat_map(Element::entries) {
            self.principals.push(entry.principal.clone());
        }
        for entry in statement.resource.iter().flat_map(Element::entries) {
            self.resources.push(entry.glob.as_str().to_owned());
            entry.template.iter().for_each(|template| variables(&mut self.keys, template));
        }
        self.actions.extend(statement.action.entries().iter().map(|entry| entry.glob.as_str().to_owned()));
    }
}

fn variables(keys: &mut BTreeMap<ConditionKey, Vec<String>>, template: &Template) {
    for part in &template.parts {
        match part {
            Part::Variable(variable) => drop(keys.entry(variable.key.clone()).or_default()),
            Part::Text(_) | Part::Escaped(_) => {}
        }
    }
}

/// Keys that any request may carry, whether or not a policy looks at them.
const MORE_KEYS: [&str; 7] = [
    "aws:ViaAWSService",
    "aws:MultiFactorAuthPresent",
    "aws:SourceIp",
    "aws:TagKeys",
    "sts:ExternalId",
    "aws:PrincipalTag/team",
    "foo:bar",
];

/// A caller who wants to assume a role, in some circumstances.
pub(crate) fn to_assume(
    dice: &mut Dice<'_>,
    hints: &Hints,
    documents: &[&Document],
    facts: &TrustFacts,
) -> Request {
    let (org, partition) = (facts.org_id.as_deref(), facts.partition.as_str());
    let caller = caller(dice, hints, partition);
    let action = match &caller {
        Principal::Oidc { .. } => "sts:AssumeRoleWithWebIdentity",
        Principal::Saml { .. } => "sts:AssumeRoleWithSAML",
        _ => "sts:AssumeRole",
    };
    let resource = format!("arn:{partition}:iam::{OWN}:role/target");
    let mut request = Request::new(Caller::Known(caller.clone()), action, resource);
    always(dice, &mut request.context);
    describe(dice, &caller, hints, org, &mut request.context);
    request.context.set("aws:ResourceAccount", [OWN]);
    if let Some(org) = org {
        request.context.set("aws:ResourceOrgID", [org]);
    }
    fill(dice, hints, &mut request);
    persuade(dice, hints, documents, &mut request);
    request
}

/// What a role of the own account does, in some circumstances.
pub(crate) fn to_use(
    dice: &mut Dice<'_>,
    hints: &Hints,
    documents: &[&Document],
    org: Option<&str>,
) -> Request {
    let mut request = Request::new(Caller::parse(SELF).unwrap(), action(dice, hints), resource(dice, hints));
    let Caller::Known(caller) = request.principal.clone() else { return request };
    always(dice, &mut request.context);
    describe(dice, &caller, hints, org, &mut request.context);
    let owner = dice.of(&[OWN, OWN, NAMED, UNNAMED]);
    request.context.set("aws:ResourceAccount", [owner]);
    let organization = if owner == OWN { org } else { dice.chance(50).then_some("o-strangers99") };
    if let Some(organization) = organization {
        request.context.set("aws:ResourceOrgID", [organization]);
    }
    fill(dice, hints, &mut request);
    persuade(dice, hints, documents, &mut request);
    request
}

/// The request with what every such caller sends, where no document looks at it: a witness need not say that.
pub(crate) fn completed(dice: &mut Dice<'_>, request: &Request, hints: &Hints, org: Option<&str>) -> Request {
    let mut full = Request { context: Context::new(), ..request.clone() };
    let Caller::Known(caller) = &request.principal else { return request.clone() };
    always(dice, &mut full.context);
    describe(dice, caller, hints, org, &mut full.context);
    let looked_at: Vec<String> = full
        .context
        .iter()
        .filter(|(key, _)| hints.keys.contains_key(key))
        .map(|(key, _)| key.to_string())
        .collect();
    looked_at.iter().for_each(|key| unset(&mut full.context, key));
    let organization = [ConditionKey::new("aws:PrincipalOrgID"), ConditionKey::new("aws:PrincipalOrgPaths")];
    if organization.iter().any(|key| hints.keys.contains_key(key) || request.context.get(key).is_some()) {
        organization.iter().for_each(|key| unset(&mut full.context, key.as_str()));
        if let Some(id) = value(&request.context, "aws:PrincipalOrgID") {
            full.context.set("aws:PrincipalOrgPaths", [format!("{id}/r-ab12/")]);
        }
    }
    for (key, values) in request.context.iter() {
        full.context.set(key.as_str(), values.iter().cloned());
    }
    full
}

/// Every key that is always sent, whoever calls.
fn always(dice: &mut Dice<'_>, context: &mut Context) {
    let (date, seconds) = *dice
        .one(&[
            ("2026-12-02T10:00:00Z", "1796205600"),
            ("2029-12-31T23:59:59Z", "1893455999"),
            ("2030-01-01T00:00:00Z", "1893456000"),
            ("2099-01-01T00:00:00Z", "4070908800"),
        ])
        .unwrap();
    context.set("aws:CurrentTime", [date]);
    context.set("aws:EpochTime", [seconds]);
    context.set("aws:RequestedRegion", [dice.of(&["eu-west-1", "us-east-1"])]);
    context.set("aws:SecureTransport", [dice.of(&["true", "false"])]);
    context.set("aws:UserAgent", [dice.of(&["x", "a", "*"])]);
}

/// What says who calls.
fn describe(
    dice: &mut Dice<'_>,
    caller: &Principal,
    hints: &Hints,
    org: Option<&str>,
    context: &mut Context,
) {
    match caller {
        Principal::Service(name) => {
            context.set("aws:PrincipalIsAWSService", ["true"]);
            context.set("aws:PrincipalServiceName", [&**name]);
            context.set("aws:PrincipalServiceNamesList", [&**name]);
        }
        Principal::Oidc { issuer, .. } => {
            for claim in ["sub", "aud", "amr", "app_id"] {
                if claim != "app_id" || issuer.contains("www.") {
                    let key = ConditionKey::new(format!("{issuer}:{claim}"));
                    let text = text(dice, hints.keys.get(&key).map_or(&[], |texts| &**texts));
                    context.set(key.as_str(), [text]);
                }
            }
        }
        Principal::Saml { .. } => {
            context.set("saml:aud", [dice.of(&["https://signin.aws.amazon.com/saml", "x"])]);
        }
        _ => describe_principal(dice, caller, hints, org, context),
    }
}

fn describe_principal(
    dice: &mut Dice<'_>,
    caller: &Principal,
    hints: &Hints,
    org: Option<&str>,
    context: &mut Context,
) {
    let account = caller.account().map(|account| account.to_string()).unwrap_or_default();
    let arn = match caller {
        Principal::Session { partition, role, .. } => {
            let drawn = dice.of(&["", "team/", "a:111122223333:b/", "service-role/"]);
            let named = hints.principals.iter().find_map(|named| match named {
                Principal::Role { path, name, .. } if name == role => path.get(1..),
                _ => None,
            });
            let path = named.unwrap_or(drawn);
            format!("arn:{partition}:iam::{account}:role/{path}{role}")
        }
        Principal::Account { partition, .. } => {
            let partition = partition.as_ref().map_or("aws", |partition| partition.as_str());
            format!("arn:{partition}:iam::{account}:root")
        }
        _ => caller.to_string(),
    };
    context.set("aws:PrincipalArn", [arn]);
    context.set("aws:PrincipalAccount", [account.as_str()]);
    context.set("aws:PrincipalIsAWSService", ["false"]);
    let (kind, id) = match caller {
        Principal::Account { .. } => ("Account", account.clone()),
        Principal::User { name, .. } => {
            context.set("aws:username", [&**name]);
            ("User", dice.of(&["AIDAEXAMPLEEXAMPLE123", "AIDASTRANGESTRANGE12"]).to_owned())
        }
        Principal::FederatedUser { name, .. } => ("FederatedUser", format!("{account}:{name}")),
        Principal::Session { session, .. } => {
            let id = dice.of(&["AROAEXAMPLEEXAMPLE123", "AROASTRANGESTRANGE12"]);
            ("AssumedRole", format!("{id}:{session}"))
        }
        _ => {
            let id = dice.of(&["AROAEXAMPLEEXAMPLE123", "AROASTRANGESTRANGE12"]);
            ("AssumedRole", format!("{id}:{}", dice.of(&["alice", "s1", "i-0123"])))
        }
    };
    context.set("aws:PrincipalType", [kind]);
    context.set("aws:userid", [id]);
    let organization = if account == OWN {
        org.map(str::to_owned)
    } else {
        let strange = hints.organizations.iter().filter(|id| Some(id.as_str()) != org || dice.chance(50));
        let mut all: Vec<Option<String>> = strange.cloned().map(Some).collect();
        all.extend([None, Some("o-strangers99".to_owned()), Some("o-example0rg2".to_owned())]);
        if [TRUSTED, "555566667777"].contains(&account.as_str()) {
            all.push(Some(ORG.to_owned()));
        }
        dice.one(&all).cloned().flatten()
    };
    if let Some(id) = organization {
        let path = dice.of(&["r-ab12/ou-ab12-11111111/", "r-ab12/", "r-zz99/ou-zz99-22222222/"]);
        context.set("aws:PrincipalOrgPaths", [format!("{id}/{path}")]);
        context.set("aws:PrincipalOrgID", [id]);
    }
}

fn caller(dice: &mut Dice<'_>, hints: &Hints, own: &str) -> Principal {
    if dice.chance(60)
        && let Some(named) = dice.one(&hints.principals).cloned()
    {
        match &named {
            Principal::Role { partition, account, name, .. } if dice.chance(60) => {
                return Principal::Session {
                    partition: partition.clone(),
                    account: *account,
                    role: name.clone(),
                    session: "alice".into(),
                };
            }
            Principal::Account { partition, account } => {
                let partition = partition.as_ref().map_or(own, |partition| partition.as_str());
                return of_account(dice, partition, &account.to_string());
            }
            Principal::Role { .. }
            | Principal::User { .. }
            | Principal::Session { .. }
            | Principal::FederatedUser { .. }
            | Principal::Service(_)
            | Principal::Saml { .. }
            | Principal::Oidc { .. } => return named,
            Principal::Anyone(_)
            | Principal::Canonical(_)
            | Principal::UniqueId(_)
            | Principal::Unrecognised(_) => {}
        }
    }
    match dice.below(12) {
        0 => Principal::Service(
            dice.of(&["sns.amazonaws.com", "scheduler.amazonaws.com", "lambda.amazonaws.com"]).into(),
        ),
        1 => {
            let issuer = dice.of(&[GITHUB, "evil.example", "idp.example/acme"]);
            Principal::from_arn(&format!("arn:{own}:iam::{OWN}:oidc-provider/{issuer}")).unwrap()
        }
        2 => Principal::from_arn(&format!(
            "arn:{own}:iam::{OWN}:saml-provider/{}",
            dice.of(&["Corp", "Other"])
        ))
        .unwrap(),
        _ => {
            let mut accounts = vec![UNNAMED, UNNAMED, NAMED, "555566667777", TRUSTED, VENDOR, OWN];
            accounts.extend(hints.accounts.iter().map(String::as_str));
            let account = dice.of(&accounts).to_owned();
            of_account(dice, own, &account)
        }
    }
}

/// Somebody of an account.
fn of_account(dice: &mut Dice<'_>, partition: &str, account: &str) -> Principal {
    let name = dice.of(&["x", "app", "u", "team/x", "a:111122223333:b/x"]);
    let last = name.rsplit('/').next().unwrap_or(name);
    let arn = match dice.below(10) {
        0..=3 => format!("arn:{partition}:iam::{account}:role/{name}"),
        4..=5 => format!("arn:{partition}:sts::{account}:assumed-role/{last}/alice"),
        6..=7 => format!("arn:{partition}:iam::{account}:user/{name}"),
        _ => format!("arn:{partition}:iam::{account}:root"),
    };
    Principal::from_arn(&arn).unwrap_or_else(|| Principal::parse("AWS", account))
}

/// Gives each key a value, or none.
fn fill(dice: &mut Dice<'_>, hints: &Hints, request: &mut Request) {
    for (key, texts) in &hints.keys {
        redraw(dice, key, texts, request);
    }
    for key in MORE_KEYS {
        let key = ConditionKey::new(key);
        if !hints.keys.contains_key(&key) && dice.chance(15) {
            redraw(dice, &key, &[], request);
        }
    }
}

/// Takes a key away.
pub(crate) fn unset(context: &mut Context, key: &str) {
    let key = ConditionKey::new(key);
    let mut rest = Context::new();
    for (name, values) in context.iter().filter(|(name, _)| **name != key) {
        rest.set(name.as_str(), values.iter().cloned());
    }
    *context = rest;
}

/// A new value for a key, or none. What follows from who calls stays, but for the path of a role.
fn redraw(dice: &mut Dice<'_>, key: &ConditionKey, texts: &[String], request: &mut Request) {
    if FIXED.iter().any(|fixed| key.is(fixed)) && !may_be_odd(key, request) {
        return;
    }
    if ALWAYS.iter().any(|fixed| key.is(fixed)) {
        always(dice, &mut request.context);
        return;
    }
    if dice.chance(30) {
        unset(&mut request.context, key.as_str());
        return;
    }
    let several =
        keys::is_multivalued(key.as_str()) || !keys::is_single_valued(key.as_str()) && dice.chance(15);
    let count = if several { 1 + dice.below(3) } else { 1 };
    let values: Vec<String> = (0..count).map(|_| drawn(dice, key, texts)).collect();
    request.context.set(key.as_str(), values);
    if key.is("aws:SourceOrgPaths") {
        let id =
            value(&request.context, key.as_str()).and_then(|path| path.split('/').next()).map(str::to_owned);
        id.into_iter().for_each(|id| request.context.set("aws:SourceOrgID", [id]));
    }
    if key.is("aws:VpcSourceIp") || key.is("aws:SourceVpc") || key.is("aws:SourceVpce") {
        unset(&mut request.context, "aws:SourceIp");
    }
}

/// Keys that follow from the caller.
const FIXED: [&str; 14] = [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:PrincipalType",
    "aws:userid",
    "aws:username",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:UserAgent",
];
const ALWAYS: [&str; 5] =
    ["aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SecureTransport", "aws:UserAgent"];

/// Of services and tokens less is known of what they say of themselves.
fn may_be_odd(key: &ConditionKey, request: &Request) -> bool {
    let account = matches!(&request.principal, Caller::Known(principal) if principal.is_in_account());
    !account && ODD.iter().any(|(one, _)| key.is(one))
}

/// Changes what keeps an Allow from applying, or lets a Deny apply, a few times.
fn persuade(dice: &mut Dice<'_>, hints: &Hints, documents: &[&Document], request: &mut Request) {
    let statements: Vec<&Statement> =
        documents.first().iter().flat_map(|document| &document.statements).collect();
    let allows: Vec<&Statement> =
        statements.iter().copied().filter(|one| one.effect != Effect::Deny).collect();
    let Some(wanted) = dice.one(&allows).copied() else { return };
    for _ in 0..10 {
        let failing: Vec<&Condition> = wanted
            .conditions
            .iter()
            .filter(|one| one.holds(&request.context) != rescind_policy::Truth::True)
            .collect();
        let denying: Vec<&Condition> = statements
            .iter()
            .filter(|one| one.effect == Effect::Deny && one.covers_action(&request.action))
            .filter(|one| {
                one.conditions.iter().all(|c| c.holds(&request.context) != rescind_policy::Truth::False)
            })
            .flat_map(|one| &one.conditions)
            .collect();
        let Some(condition) = dice.one(&failing).or_else(|| dice.one(&denying)).copied() else { return };
        let mut keys = vec![condition.key.clone()];
        for template in condition.values.iter().filter_map(|value| value.template.as_ref()) {
            let mut more = BTreeMap::new();
            variables(&mut more, template);
            keys.extend(more.into_keys());
        }
        if let Some(key) = dice.one(&keys) {
            redraw(dice, key, hints.keys.get(key).map_or(&[], |texts| &**texts), request);
        }
    }
}

fn action(dice: &mut Dice<'_>, hints: &Hints) -> String {
    if dice.chance(70)
        && let Some(glob) = dice.one(&hints.actions).cloned()
    {
        if glob == "*" {
            return dice.of(&["s3:GetObject", "iam:CreateUser", "foo:Bar", "sts:AssumeRole"]).to_owned();
        }
        let mut text = String::new();
        for character in glob.chars() {
            match character {
                '*' => text.push_str(dice.of(&["Object", "Role", "s3", "iam", "X"])),
                '?' => text.push_str(dice.of(&["G", "x"])),
                _ => text.push(character),
            }
        }
        return text;
    }
    dice.of(&[
        "s3:GetObject",
        "s3:PutObject",
        "iam:PassRole",
        "iam:CreateUser",
        "ec2:RunInstances",
        "foo:Bar",
        "s3:ListBucket",
    ])
    .to_owned()
}

fn resource(dice: &mut Dice<'_>, hints: &Hints) -> String {
    if dice.chance(60)
        && let Some(glob) = dice.one(&hints.resources).cloned()
    {
        let mut text = spelled_resource(dice, &glob);
        while text.matches(':').count() < 5 && text != "*" {
            text.push_str(dice.of(&[":x", ":", ":111122223333"]));
        }
        return text;
    }
    dice.of(&[
        "*",
        "arn:aws:s3:::b/x",
        "arn:aws:s3:::b",
        "arn:aws:s3:::ab/x",
        "arn:aws:iam::111122223333:role/a",
        "arn:aws:iam::111122223333:user/u",
        "arn:aws:iam::999988887777:role/x",
        "arn:aws:sqs:eu-west-1:111122223333:q",
    ])
    .to_owned()
}

fn spelled_resource(dice: &mut Dice<'_>, glob: &str) -> String {
    let plain = glob.replace("${aws:PrincipalTag/team}", "a").replace("${aws:username}", "u");
    let mut text = String::new();
    for character in plain.chars() {
        match character {
            '*' => text.push_str(dice.of(&["x", "", "a", "s3", "111122223333"])),
            '?' => text.push('x'),
            _ => text.push(character),
        }
    }
    if text.starts_with("arn:") { text } else { format!("arn:aws:s3:::b/{text}") }
}
