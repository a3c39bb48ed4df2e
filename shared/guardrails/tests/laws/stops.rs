//! A plan is safe wherever it stops, whoever carries out which of its steps: after every set of steps that can be done
//! the role may do no more than before. And it takes nothing away that is innocent.

use rescind_guardrails::{
    Account, AccountId, AttachedPolicy, Facet, InlinePolicy, Kind, LastGood, Mode, Permissions, Plan,
    PlannedStep, PolicyArn, PolicyName, Role, RoleArn, RoleId, Rules, Settings, Step, Strategy, check, plan,
};
use serde_json::Value;
use time::OffsetDateTime;

use crate::any_role::{self, AnyRole, Beyond, May, document, is_never};

fn rules() -> Rules {
    let settings = format!(
        "version: 1\nguardrails:\n  restrict_cross_account_access: {{mode: enforce, trusted_services: [lambda.amazonaws.com]}}\n  lock_down_permissions: {}\nprotected_roles: []\n",
        any_role::LIMITS
    );
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse(any_role::OWN).unwrap() };
    Settings::read(&settings).unwrap().rules(&account, Mode::Enforce).unwrap()
}

fn role(any: &AnyRole) -> Role {
    let managed = |name: String, text: &String| AttachedPolicy {
        arn: PolicyArn::parse(&format!("arn:aws:iam::{}:policy/{name}", any_role::OWN)).unwrap(),
        version: "v1".to_owned(),
        text: text.clone(),
    };
    let inline = |(number, text): (usize, &String)| InlinePolicy {
        name: PolicyName::parse(&format!("i{number}")).unwrap(),
        text: text.clone(),
    };
    let boundary = any.boundary.as_ref().map(|text| managed("boundary".to_owned(), text));
    Role {
        arn: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(),
        created: OffsetDateTime::UNIX_EPOCH,
        max_session_seconds: 3600,
        trust: any.trust.clone(),
        boundary: boundary.as_ref().map(|boundary| boundary.arn.clone()),
        permissions: Some(Permissions {
            inline: any.inline.iter().enumerate().map(inline).collect(),
            attached: (0..)
                .zip(&any.managed)
                .map(|(number, text)| managed(format!("m{number}"), text))
                .collect(),
            boundary,
        }),
    }
}

fn may(role: &Role) -> May {
    let permissions = role.permissions.as_ref().unwrap();
    let inline = permissions.inline.iter().map(|policy| policy.text.as_str());
    let attached = permissions.attached.iter().map(|policy| policy.text.as_str());
    May::of(inline.chain(attached), permissions.boundary.as_ref().map(|policy| policy.text.as_str()))
}

/// The role after each set of steps that can be done: with a step all that it waits for.
fn reachable(role: &Role, steps: &[PlannedStep]) -> Vec<(usize, Role)> {
    let is_closed = |set: usize| {
        let is_done = |step: &Step| (0..).zip(steps).any(|(at, one)| set >> at & 1 == 1 && one.step == *step);
        (0..).zip(steps).all(|(at, one)| set >> at & 1 == 0 || one.needs.iter().all(is_done))
    };
    let apply = |set: usize| {
        let done = (0..).zip(steps).filter(|(at, _)| set >> at & 1 == 1);
        done.fold(role.clone(), |role, (_, one)| one.step.applied_to(&role, &[]).unwrap())
    };
    (0..1 << steps.len()).filter(|set| is_closed(*set)).map(|set| (set, apply(set))).collect()
}

fn is_unsafe(rules: &Rules, role: &Role) -> bool {
    check(rules, role, Facet::Permissions)
        .iter()
        .any(|finding| !matches!(finding.kind, Kind::PermissionsUndecided { .. }))
}

/// The documents of a role by the name of the policy.
fn texts(role: &Role) -> Vec<(String, String)> {
    let permissions = role.permissions.as_ref().unwrap();
    let inline = permissions.inline.iter().map(|policy| (policy.name.to_string(), policy.text.clone()));
    let attached = permissions.attached.iter().map(|policy| (policy.arn.to_string(), policy.text.clone()));
    inline.chain(attached).collect()
}

/// The role with these documents as inline policies, under its boundary.
fn with_texts(role: &Role, texts: impl IntoIterator<Item = String>) -> Role {
    let names = (0..).map(|number| PolicyName::parse(&format!("p{number}")).unwrap());
    let inline = names.zip(texts).map(|(name, text)| InlinePolicy { name, text }).collect();
    let boundary = role.permissions.as_ref().unwrap().boundary.clone();
    Role { permissions: Some(Permissions { inline, attached: Vec::new(), boundary }), ..role.clone() }
}

fn statements(text: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(text).unwrap();
    document["Statement"].as_array().unwrap().clone()
}

fn denies(text: &str) -> String {
    let denies: Vec<Value> =
        statements(text).into_iter().filter(|statement| statement["Effect"] == "Deny").collect();
    document(&denies)
}

/// Is the policy part of what is wrong? Beside what is left of the others it breaks a limit, which these do not break;
/// or beside some of the others as they were. All denies stay in force.
fn is_guilty(rules: &Rules, role: &Role, end: &Role, name: &str) -> bool {
    let (own, others): (Vec<_>, Vec<_>) = texts(role).into_iter().partition(|(other, _)| other == name);
    let own = own[0].1.clone();
    let breaks = |others: Vec<String>| {
        let with = |own: String| with_texts(role, others.iter().cloned().chain([own]));
        is_unsafe(rules, &with(own.clone())) && !is_unsafe(rules, &with(denies(&own)))
    };
    let left = texts(end).into_iter().filter(|(other, _)| other != name).map(|(_, text)| text);
    let some = |set: usize| {
        let is_whole = |at: usize| set >> at & 1 == 1;
        let kept = (0..).zip(&others);
        kept.map(|(at, (_, text))| if is_whole(at) { text.clone() } else { denies(text) }).collect()
    };
    breaks(left.collect()) || (0..1 << others.len()).any(|set| breaks(some(set)))
}

fn touched(step: &Step) -> Option<String> {
    match step {
        Step::PutInline { policy, before: Some(_), .. } | Step::DeleteInline { policy, .. } => {
            Some(policy.to_string())
        }
        Step::DetachPolicy { policy } => Some(policy.to_string()),
        Step::PutInline { before: None, .. }
        | Step::PutTrust { .. }
        | Step::AttachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => None,
    }
}

/// What the narrowing of an inline policy took away: each is a statement of its own.
fn taken(before: &str, after: &str) -> Vec<Value> {
    let after = statements(after);
    let is_rest = |one: &Value, rest: &Value| {
        let entries = ["Action", "Resource"].iter().all(|list| {
            let all = as_list(&one[*list]);
            as_list(&rest[*list]).iter().all(|entry| all.contains(entry))
        });
        entries && one["Condition"] == rest["Condition"] && one["NotAction"] == rest["NotAction"]
    };
    let mut rests = after.iter().peekable();
    let mut taken = Vec::new();
    for one in statements(before) {
        let Some(rest) = rests.next_if(|rest| one["Effect"] == rest["Effect"] && is_rest(&one, rest)) else {
            taken.push(one);
            continue;
        };
        let gone =
            as_list(&one["Action"]).into_iter().filter(|entry| !as_list(&rest["Action"]).contains(entry));
        taken.extend(gone.map(|action| {
            let mut part = one.clone();
            part["Action"] = action;
            part
        }));
    }
    taken
}

fn as_list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

fn faults(rules: &Rules, any: &AnyRole, undecided: &mut u64) -> Vec<String> {
    let role = role(any);
    let plan = plan(rules, &role, check(rules, &role, Facet::All), &LastGood::default());
    let (steps, before, mut faults) = (plan.steps(), may(&role), Vec::new());
    let states = reachable(&role, steps);
    for (set, state) in &states {
        match if *set == 0 { None } else { may(state).beyond(&before) } {
            Some(Beyond::Shown(what)) => faults.push(format!("after {set:b}: gained {what}")),
            Some(Beyond::Undecided) => *undecided += 1,
            None => {}
        }
    }
    if let Some((_, end)) = states.last().filter(|_| !steps.is_empty()) {
        faults.extend(at_the_end(rules, &role, &plan, end));
    }
    faults
}

fn at_the_end(rules: &Rules, role: &Role, plan: &Plan, end: &Role) -> Vec<String> {
    let mut faults = Vec::new();
    if let (Some(request), true) = (may(end).never_allowed(), plan.open().is_empty()) {
        faults.push(format!("left open: {}", request.action));
    }
    for planned in plan.steps() {
        let name = touched(&planned.step);
        if let Some(name) = name.filter(|name| !is_guilty(rules, role, end, name)) {
            faults.push(format!("{name} is innocent"));
        }
        if let (Step::PutInline { policy, before: Some(before), after }, Strategy::Narrow | Strategy::Deny) =
            (&planned.step, planned.strategy)
        {
            for part in taken(before, after) {
                let mut whole = statements(after);
                whole.push(part.clone());
                let others = texts(end).into_iter().filter(|(name, _)| *name != policy.as_str());
                let put_back = others.map(|(_, text)| text).chain([document(&whole)]);
                let put_back = with_texts(role, put_back);
                let (now, then) = (may(end), may(&put_back));
                let mut back = then.only_here(&now).filter(|request| !is_never(request.action.as_str()));
                if back.next().is_some() && !is_unsafe(rules, &put_back) {
                    faults.push(format!("{policy} lost {part}"));
                }
            }
        }
    }
    let only_denied = plan.steps().iter().all(|planned| match &planned.step {
        Step::PutInline { before, after, .. } => {
            planned.strategy == Strategy::Deny
                && before.as_ref().is_none_or(|before| taken(before, after).is_empty())
        }
        Step::PutTrust { .. } => true,
        Step::DeleteInline { .. }
        | Step::AttachPolicy { .. }
        | Step::DetachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    });
    if only_denied {
        let (before, after) = (may(role), may(end));
        let lost = before.only_here(&after).find(|request| !is_never(request.action.as_str()));
        faults.extend(lost.map(|request| format!("a Deny took {} away", request.action)));
    }
    faults
}

#[test]
fn nothing_is_gained_and_nothing_innocent_is_lost() {
    let (rules, mut told, mut roles, mut undecided) = (rules(), Vec::new(), 0, 0);
    let all = any_role::how_many(300);
    for number in 0..all {
        let found = faults(&rules, &AnyRole::number(number), &mut undecided);
        roles += usize::from(!found.is_empty());
        told.extend(found.into_iter().map(|fault| format!("{number}: {fault}")));
    }
    let shown = told[..told.len().min(8)].join("\n");
    assert!(told.is_empty(), "{} faults in {roles} roles\n{shown}", told.len());
    assert!(undecided <= all / 100, "{undecided} undecided");
}

#[test]
fn the_roles_are_of_all_kinds() {
    let rules = rules();
    let (mut waiting, mut denied, mut several) = (0, 0, 0);
    for number in 0..300 {
        let role = role(&AnyRole::number(number));
        let plan = plan(&rules, &role, check(&rules, &role, Facet::All), &LastGood::default());
        waiting += usize::from(plan.steps().iter().any(|planned| !planned.needs.is_empty()));
        denied += usize::from(plan.steps().iter().any(|planned| planned.strategy == Strategy::Deny));
        several += usize::from(plan.steps().len() > 1);
    }
    assert!(
        waiting > 5 && denied > 10 && several > 30,
        "{waiting} wait, {denied} deny, {several} of several"
    );
}
