//! The lockdown policy, in force again whatever is done to it.

use guardrails::{Mode, Permit, PolicyArn, PolicyName, Role, RoleId, RoleName, Step};
use serde_json::{Value, json};

use super::fixture::*;
use crate::authority::{Everything, TrustAndLockdown, Write as _};
use crate::embedded::world::World;
use crate::embedded::{Embedded, Fault};
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::iam_error::IamError;
use crate::outcome::{Outcome, Unrepaired};
use crate::pass::{Context, OwnRole};
use crate::ports::{WriteAttachments as _, WriteBoundary as _};

const POLICY: &str = "arn:aws:iam::111122223333:policy/rescind-lockdown";
const BOUNDARY: &str = "arn:aws:iam::111122223333:policy/rescind-lockdown-boundary";
const DENY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["organizations:*"],"Resource":"*"}]}"#;
const DENY_UNDER_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":["organizations:*"],"Resource":"*"}]}"#;
const DENY_LESS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["organizations:Leave*"],"Resource":"*"}]}"#;
const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;

fn arn(text: &str) -> PolicyArn {
    PolicyArn::parse(text).unwrap()
}

fn context(function: Function) -> Context {
    with_settings(
        function,
        Mode::Enforce,
        "scope: all_roles}",
        "scope: all_roles, never: [\"organizations:*\"], lockdown: {policy: rescind-lockdown}}",
    )
}

/// An account with the lockdown policy, which the role `app` carries.
fn locked_down() -> Embedded {
    let account = account(&safe());
    account.seed(|stored| {
        stored.put_policy(&arn(POLICY), "v1", DENY);
        stored.put_policy(&arn(BOUNDARY), "v1", DENY_UNDER_ALL);
        stored.attach("app", &arn(POLICY));
    });
    account
}

fn full(account: &Embedded, policies: usize) {
    account.seed(|stored| {
        for number in 0..policies {
            let policy = arn(&format!("arn:aws:iam::111122223333:policy/other-{number}"));
            stored.put_policy(&policy, "v1", READ);
            stored.attach("app", &policy);
        }
    });
}

fn detached() -> Value {
    event("DetachRolePolicy", &json!({"roleName": "app", "policyArn": POLICY}))
}

fn whole(account: &Embedded) -> Role {
    use crate::ports::ReadPermissions as _;
    let mut live = role(account, "app");
    live.permissions = Some(block_on(account.permissions(&live)).unwrap());
    live
}

/// What the role carries: the policy attached, its other form as the boundary, in which version.
fn carries(account: &Embedded) -> Vec<String> {
    let permissions = whole(account).permissions.unwrap();
    let attached = permissions.attached.into_iter().filter(|policy| policy.arn.as_str() == POLICY);
    attached.chain(permissions.boundary).map(|policy| format!("{} {}", policy.arn, policy.version)).collect()
}

fn writes_of(account: &Embedded) -> Vec<&'static str> {
    account.calls().into_iter().filter(|call| call.writes).map(|call| call.name).collect()
}

#[test]
fn a_detached_lockdown_is_put_back_as_often_as_it_is_detached_and_then_left_alone() {
    let account = locked_down();
    let (world, context) = (all_world(&account), context(Function::AttachRolePolicy));
    assert_eq!(pass(&world, &context, &by_hand("app")).outcome, Outcome::Compliant);
    for round in 1..=3 {
        account.seed(|stored| stored.detach("app", &arn(POLICY)));
        let passed = until_done(&world, &context, &detached());
        assert!(is_repaired(&passed[0].outcome), "{:?}", passed[0].outcome);
        assert_eq!(passed.last().unwrap().outcome, Outcome::Compliant);
        assert_eq!(writes_of(&account), vec!["AttachRolePolicy"; round]);
        assert_eq!(carries(&account), [format!("{POLICY} v1")]);
    }
    until_done(&world, &context, &detached());
    assert_eq!(account.writes(), 3, "what is in force is not written again");
}

#[test]
fn only_the_lockdown_is_put_back_when_nothing_else_has_changed() {
    let account = locked_down();
    let inline = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"organizations:ListRoots","Resource":"*"}]}"#;
    let name = PolicyName::parse("p").unwrap();
    account.seed(|stored| stored.put_inline("app", &name, inline));
    let (world, context) = (all_world(&account), context(Function::AttachRolePolicy));
    assert_eq!(pass(&world, &context, &by_hand("app")).outcome, Outcome::Compliant);
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    assert!(is_repaired(&pass(&world, &context, &detached()).outcome));
    assert_eq!(writes_of(&account), ["AttachRolePolicy"]);
    // Where the history does not know the role, the inline policy is not trusted to the Deny alone.
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    assert!(is_repaired(&pass(&all_world(&account), &context, &detached()).outcome));
    assert_eq!(writes_of(&account)[1..], ["AttachRolePolicy", "DeleteRolePolicy"]);
}

#[test]
fn a_loosened_version_is_set_back_and_its_users_are_told() {
    let account = locked_down();
    account.seed(|stored| stored.put_role("/", "second", &safe(), EVENT)).unwrap();
    account.seed(|stored| {
        stored.attach("second", &arn(POLICY));
        stored.put_policy(&arn(POLICY), "v2", DENY_LESS);
    });
    let (world, context) = (all_world(&account), context(Function::ChangePolicyVersion));
    let passed = pass(&world, &context, &by_hand("app"));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    insta::assert_snapshot!(passed.record.steps[0].sentence);
    assert_eq!(carries(&account), [format!("{POLICY} v1")]);
    assert_eq!(writes_of(&account), ["SetDefaultPolicyVersion"]);
    assert_eq!(pass(&world, &context, &by_hand("second")).outcome, Outcome::Compliant);
    // With no version left that denies enough, the finding stays, and so does the policy.
    account.seed(|stored| stored.put_policy(&arn(POLICY), "v1", DENY_LESS));
    let passed = pass(&all_world(&account), &context, &by_hand("app"));
    assert!(matches!(passed.outcome, Outcome::Unrepaired(Unrepaired::NoProof(_))), "{:?}", passed.outcome);
    assert_eq!(account.writes(), 1);
}

#[test]
fn with_all_slots_taken_its_other_form_becomes_the_boundary() {
    let account = locked_down();
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    full(&account, 10);
    let (world, context) = (all_world(&account), context(Function::AttachRolePolicy));
    assert!(is_repaired(&pass(&world, &context, &detached()).outcome));
    assert_eq!(carries(&account), [format!("{BOUNDARY} v1")]);
    // Taken away, or replaced by one that holds nothing back, it is put back.
    for replaced in [None, Some(arn("arn:aws:iam::aws:policy/AdministratorAccess"))] {
        account.seed(|stored| stored.put_boundary("app", replaced));
        assert!(is_repaired(&pass(&world, &context, &by_hand("app")).outcome));
        assert_eq!(carries(&account), [format!("{BOUNDARY} v1")]);
    }
    let writes = account.writes();
    until_done(&world, &context, &detached());
    assert_eq!(account.writes(), writes);
}

#[test]
fn a_boundary_that_holds_something_back_stays_and_the_finding_too() {
    let account = locked_down();
    account.seed(|stored| {
        let holds_back = arn("arn:aws:iam::111122223333:policy/holds-back");
        stored.put_policy(&holds_back, "v1", READ);
        stored.detach("app", &arn(POLICY));
        stored.put_boundary("app", Some(holds_back));
        stored.put_inline("app", &PolicyName::parse("p").unwrap(), &READ.replace("GetObject", "PutObject"));
    });
    full(&account, 10);
    let passed = pass(&all_world(&account), &context(Function::AttachRolePolicy), &by_hand("app"));
    let Outcome::Unrepaired(Unrepaired::NoProof(why)) = passed.outcome else { panic!("{passed:?}") };
    insta::assert_snapshot!(why);
    assert_eq!(account.writes(), 0);
}

#[test]
fn an_account_with_a_higher_quota_says_so_and_a_lower_one_is_an_answer_of_iam() {
    let account = locked_down();
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    full(&account, 12);
    account.seed(|stored| stored.set_policies_per_role(20));
    let raised = with_settings(
        Function::AttachRolePolicy,
        Mode::Enforce,
        "scope: all_roles}",
        "scope: all_roles, never: [\"organizations:*\"], lockdown: {policy: rescind-lockdown, attachments: 20}}",
    );
    assert!(is_repaired(&pass(&all_world(&account), &raised, &detached()).outcome));
    assert_eq!(carries(&account), [format!("{POLICY} v1")]);
    account.seed(|stored| {
        stored.detach("app", &arn(POLICY));
        stored.set_policies_per_role(12);
    });
    let passed = pass(&all_world(&account), &raised, &detached());
    let why =
        Unrepaired::Iam(IamError::LimitExceeded("Cannot exceed quota for PoliciesPerRole: 12".to_owned()));
    assert_eq!(passed.outcome, Outcome::Unrepaired(why));
}

#[test]
fn a_lockdown_policy_that_is_gone_is_not_a_role_that_is_gone() {
    let account = account(&safe());
    let passed = pass(&all_world(&account), &context(Function::AttachRolePolicy), &detached());
    assert_eq!(passed.outcome, Outcome::Unrepaired(Unrepaired::Iam(IamError::Absent(POLICY.to_owned()))));
    account.fail(account.calls().len() + 6, Fault::Answer(IamError::Absent("app".to_owned())));
    let gone = pass(&all_world(&account), &context(Function::AttachRolePolicy), &by_hand("app"));
    assert_ne!(gone.outcome.name(), "repaired");
}

#[test]
fn a_new_role_carries_the_lockdown_at_once() {
    let account = locked_down();
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    let world = World::new(account.clone(), TrustAndLockdown, MemoryHistory::default(), &[], NOW);
    let created = event("CreateRole", &json!({"roleName": "app", "assumeRolePolicyDocument": safe()}));
    let passed = until_done(&world, &context(Function::CreateRole), &created);
    assert_eq!(names(&passed), ["repaired", "compliant"]);
    assert_eq!(writes_of(&account), ["AttachRolePolicy"]);
    // Without a lockdown the permissions of a new role are another function's.
    let calls = account.calls().len();
    let passed = pass(&world, &enforce(Function::CreateRole), &created);
    assert_eq!((passed.outcome, account.calls().len() - calls), (Outcome::Compliant, 1));
}

#[test]
fn who_may_attach_the_lockdown_may_attach_nothing_else() {
    let account = locked_down();
    full(&account, 1);
    let authority = TrustAndLockdown(account.clone());
    let permit = |context: &Context| -> Permit {
        context.rules.permit(guardrails::Guardrail::LockDownPermissions).unwrap()
    };
    let (with, without) = (permit(&context(Function::CreateRole)), permit(&enforce(Function::CreateRole)));
    let name = RoleName::parse("app").unwrap();
    let other = arn("arn:aws:iam::111122223333:policy/other-0");
    let steps = [
        (Step::AttachPolicy { policy: arn(POLICY) }, true),
        (Step::PutBoundary { before: None, after: arn(BOUNDARY) }, true),
        (Step::AttachPolicy { policy: other.clone() }, false),
        (Step::AttachPolicy { policy: arn(BOUNDARY) }, false),
        (Step::PutBoundary { before: None, after: other }, false),
        (Step::DetachPolicy { policy: arn(POLICY) }, false),
        (Step::DeleteBoundary { before: arn(BOUNDARY) }, false),
        (
            Step::SetDefaultVersion { policy: arn(POLICY), before: "v1".to_owned(), after: "v1".to_owned() },
            false,
        ),
    ];
    for (step, may) in steps {
        assert_eq!(authority.may(&with, &step), may, "{step:?}");
        assert_eq!(block_on(authority.write(&with, &name, &step)).is_ok(), may, "{step:?}");
        assert!(!authority.may(&without, &step), "no settings, no lockdown: {step:?}");
        assert!(block_on(authority.write(&without, &name, &step)).is_err(), "{step:?}");
    }
}

#[test]
fn rescinds_own_role_and_protected_roles_never_carry_it() {
    let account = locked_down();
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    account.seed(|stored| stored.put_role("/", "break-glass", &safe(), EVENT)).unwrap();
    let mut context = context(Function::Sweep);
    assert_eq!(pass(&all_world(&account), &context, &by_hand("break-glass")).outcome, Outcome::Compliant);
    let own = role(&account, "app");
    context.own_roles = vec![OwnRole { arn: own.arn.clone(), id: own.id }];
    assert_eq!(pass(&all_world(&account), &context, &by_hand("app")).outcome, Outcome::Compliant);
    assert_eq!(account.writes(), 0);
    // A look-alike has another id, and carries it like any other role.
    context.own_roles = vec![OwnRole { arn: own.arn, id: RoleId::parse("AROA3AEW23DC76AD3735E").unwrap() }];
    assert!(is_repaired(&pass(&all_world(&account), &context, &by_hand("app")).outcome));
}

#[test]
fn a_function_without_the_authority_hands_it_over_or_says_so() {
    let account = locked_down();
    account.seed(|stored| stored.detach("app", &arn(POLICY)));
    let world = inline_world(&account);
    let passed = pass(&world, &context(Function::PutRolePolicy), &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::Unrepaired(Unrepaired::NoAuthority(Function::AttachRolePolicy)));
    let deployed = [Function::AttachRolePolicy];
    let world = World::new(
        account.clone(),
        |iam| crate::authority::InlineOnly(iam, crate::authority::InlineRepair::Rewrite),
        MemoryHistory::default(),
        &deployed,
        NOW,
    );
    let passed = pass(&world, &context(Function::PutRolePolicy), &by_hand("app"));
    assert_eq!(passed.outcome, Outcome::HandedOver(Function::AttachRolePolicy));
    let message = serde_json::to_value(&world.queues.messages()[0].1).unwrap();
    assert!(is_repaired(&pass(&all_world(&account), &context(Function::AttachRolePolicy), &message).outcome));
}

#[test]
fn a_stranger_who_detaches_it_before_any_call_does_not_keep_it_away() {
    for index in 0..14 {
        let account = locked_down();
        account.seed(|stored| stored.detach("app", &arn(POLICY)));
        account.before_call(index, |stored| {
            stored.detach("app", &arn(POLICY));
        });
        let (world, context) = (all_world(&account), context(Function::AttachRolePolicy));
        until_done(&world, &context, &detached());
        until_done(&world, &context, &by_hand("app"));
        assert_eq!(carries(&account), [format!("{POLICY} v1")], "before call {index}");
    }
}

#[test]
fn the_embedded_account_keeps_the_quotas_and_knows_its_policies() {
    let account = locked_down();
    full(&account, 9);
    let context = context(Function::Sweep);
    let permit = context.rules.permit(guardrails::Guardrail::LockDownPermissions).unwrap();
    let name = RoleName::parse("app").unwrap();
    let admin = arn("arn:aws:iam::aws:policy/AdministratorAccess");
    let unknown = arn("arn:aws:iam::111122223333:policy/unknown");
    let attach = |policy| block_on(account.attach(&permit, &name, policy));
    assert!(matches!(attach(&admin), Err(IamError::LimitExceeded(_))));
    let own = arn(POLICY);
    assert_eq!(attach(&own), Ok(()), "what is attached already takes no slot");
    assert_eq!(attach(&unknown), Err(IamError::Absent(unknown.to_string())));
    let boundary = block_on(account.put_boundary(&permit, &name, &unknown));
    assert_eq!(boundary, Err(IamError::Absent(unknown.to_string())));
    let everything = Everything(account.clone());
    let step =
        Step::SetDefaultVersion { policy: arn(POLICY), before: "v1".to_owned(), after: "v9".to_owned() };
    assert!(matches!(block_on(everything.write(&permit, &name, &step)), Err(IamError::Absent(_))));
}
