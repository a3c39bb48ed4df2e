//! A repair is safe wherever it stops: whichever function the message goes to, whichever write fails, whichever
//! function is missing. After every single write the role may do no more than it could before the first.

use std::sync::{Arc, Mutex};

use guardrails::{
    Account, AccountId, Facet, Mode, Permit, PolicyArn, PolicyName, Role, RoleName, Settings, Step,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::fixture::*;
use crate::authority::{
    AttachmentsOnly, BoundaryOnly, Everything, InlineOnly, InlineRepair, Read, ReadOnly, TrustAndLockdown,
    TrustOnly, VersionOnly, Write,
};
use crate::embedded::Embedded;
use crate::embedded::world::World;
use crate::function::Function;
use crate::history::Archive as _;
use crate::history::memory::MemoryHistory;
use crate::iam_error::IamError;
use crate::pass::{Context, Passed, Patience};

#[path = "../../../../guardrails/tests/laws/any_role.rs"]
mod any_role;

use any_role::{AnyRole, Beyond, May};

/// An authority that is watched: each write is counted, one may be refused, and after each the role is looked at.
struct Watched<A> {
    authority: A,
    account: Embedded,
    log: Arc<Mutex<Log>>,
}

#[derive(Default)]
struct Log {
    writes: usize,
    refused: Option<usize>,
    states: Vec<(String, Role)>,
}

impl<A: Read> Read for Watched<A> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        self.authority.read(name, facet).await
    }

    async fn read_for(&self, name: &RoleName, step: &Step) -> Result<Role, IamError> {
        self.authority.read_for(name, step).await
    }
}

impl<A: Write> Write for Watched<A> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        self.authority.may(permit, step)
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        let mut log = self.log.lock().unwrap();
        log.writes += 1;
        if log.refused == Some(log.writes) {
            return Err(IamError::Denied("not today".to_owned()));
        }
        let answer = block_on(self.authority.write(permit, role, step));
        log.states.push((format!("{step:?}"), live_role(&self.account)));
        answer
    }
}

fn live_role(account: &Embedded) -> Role {
    block_on(Everything(account.clone()).read(&RoleName::parse("app").unwrap(), Facet::All)).unwrap()
}

/// One deployment, one role.
struct Scene {
    account: Embedded,
    history: MemoryHistory,
    deployed: Vec<Function>,
    log: Arc<Mutex<Log>>,
    now: OffsetDateTime,
}

impl Scene {
    fn of(role: &AnyRole) -> Self {
        let account = Embedded::new("aws", ACCOUNT);
        account.seed(|stored| {
            stored.put_role("/", "app", &role.trust, EVENT - Duration::days(1)).unwrap();
            for (number, text) in role.inline.iter().enumerate() {
                stored.put_inline("app", &PolicyName::parse(&format!("i{number}")).unwrap(), text);
            }
            for (number, text) in role.managed.iter().enumerate() {
                let arn = arn(&format!("m{number}"));
                stored.put_policy(&arn, "v1", text);
                stored.attach("app", &arn);
            }
            if let Some(text) = &role.boundary {
                stored.put_policy(&arn("boundary"), "v1", text);
                stored.put_boundary("app", Some(arn("boundary")));
            }
        });
        Self {
            account,
            history: MemoryHistory::default(),
            deployed: Function::ALL.to_vec(),
            log: Arc::default(),
            now: EVENT + Duration::seconds(20),
        }
    }

    fn run(&mut self, function: Function, message: &Value) -> (Vec<Passed>, Vec<(Function, Value)>) {
        match function {
            Function::CreateRole => self.with(TrustAndLockdown, function, message),
            Function::UpdateAssumeRolePolicy => self.with(TrustOnly, function, message),
            Function::PutRolePolicy => {
                self.with(|iam| InlineOnly(iam, InlineRepair::Rewrite), function, message)
            }
            Function::AttachRolePolicy => self.with(AttachmentsOnly, function, message),
            Function::ChangePolicyVersion => self.with(VersionOnly, function, message),
            Function::ChangePermissionsBoundary => self.with(BoundaryOnly, function, message),
            Function::UpdateRole | Function::Sweep => self.with(ReadOnly, function, message),
        }
    }

    fn with<A: Read + Write>(
        &mut self,
        authority: impl FnOnce(Embedded) -> A,
        function: Function,
        message: &Value,
    ) -> (Vec<Passed>, Vec<(Function, Value)>) {
        let history = std::mem::take(&mut self.history);
        let (log, account) = (Arc::clone(&self.log), self.account.clone());
        let watched = |iam| Watched { authority: authority(iam), account, log };
        let world = World::new(self.account.clone(), watched, history, &self.deployed, self.now);
        let passed = pass_all(&world, &context(function), message);
        let sent = world.queues.sent();
        self.history = world.history;
        (passed, sent)
    }

    /// Delivers the message, then what is handed over, until nothing is.
    fn deliver(&mut self, function: Function) -> Vec<Passed> {
        let (mut queue, mut all) = (vec![(function, message(function, &self.account))], Vec::new());
        while !queue.is_empty() {
            let (function, message) = queue.remove(0);
            self.now += Duration::seconds(1);
            let (passed, sent) = self.run(function, &message);
            all.extend(passed);
            queue.extend(sent.into_iter().filter(|(to, _)| self.deployed.contains(to)));
            assert!(all.len() < 20, "it does not end");
        }
        all
    }
}

fn arn(name: &str) -> PolicyArn {
    PolicyArn::parse(&format!("arn:aws:iam::{ACCOUNT}:policy/{name}")).unwrap()
}

/// What brings a function to look at the role.
fn message(function: Function, account: &Embedded) -> Value {
    match function {
        Function::CreateRole => event(
            "CreateRole",
            &json!({"roleName": "app", "path": "/", "assumeRolePolicyDocument": live(account)}),
        ),
        Function::UpdateAssumeRolePolicy => update(&live(account)),
        Function::PutRolePolicy
        | Function::AttachRolePolicy
        | Function::ChangePolicyVersion
        | Function::ChangePermissionsBoundary
        | Function::UpdateRole
        | Function::Sweep => by_hand("app"),
    }
}

fn context(function: Function) -> Context {
    use std::sync::OnceLock;
    static RULES: OnceLock<guardrails::Rules> = OnceLock::new();
    let rules = RULES.get_or_init(|| {
        let yaml = format!(
            "version: 1\nguardrails:\n  restrict_cross_account_access: {{mode: enforce, revoke_sessions: off, trusted_services: [lambda.amazonaws.com]}}\n  lock_down_permissions: {}\nprotected_roles: []\n",
            any_role::LIMITS
        );
        let account = Account { partition: "aws".to_owned(), id: AccountId::parse(ACCOUNT).unwrap() };
        Settings::read(&yaml).unwrap().rules(&account, Mode::Enforce).unwrap()
    });
    Context { function, rules: rules.clone(), own_roles: Vec::new(), patience: Patience::default() }
}

fn may(role: &Role) -> May {
    let permissions = role.permissions.as_ref().unwrap();
    let inline = permissions.inline.iter().map(|policy| policy.text.as_str());
    let attached = permissions.attached.iter().map(|policy| policy.text.as_str());
    May::of(inline.chain(attached), permissions.boundary.as_ref().map(|policy| policy.text.as_str()))
}

/// How a run is disturbed.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    None,
    /// This write is refused, for good.
    Refused(usize),
    /// This function is not deployed.
    Missing(Function),
}

/// What is wrong with this run.
fn faults(role: &AnyRole, function: Function, mishap: Mishap) -> (usize, Vec<String>) {
    let mut scene = Scene::of(role);
    match mishap {
        Mishap::None => {}
        Mishap::Refused(write) => scene.log.lock().unwrap().refused = Some(write),
        Mishap::Missing(missing) => scene.deployed.retain(|function| *function != missing),
    }
    let before = may(&live_role(&scene.account));
    let _ = scene.deliver(function);
    if function.facet() == Facet::Trust {
        // Only when the trust policy is found safe its permissions are looked at.
        let _ = scene.deliver(function);
    }
    let mut faults = Vec::new();
    {
        let log = scene.log.lock().unwrap();
        for (step, role) in &log.states {
            match may(role).beyond(&before) {
                Some(Beyond::Shown(what)) => faults.push(format!("gained {what} by {step}")),
                // How many these may be is said where plans are tried.
                Some(Beyond::Undecided) | None => {}
            }
        }
    }
    let writes = scene.log.lock().unwrap().writes;
    if matches!(mishap, Mishap::None) {
        let passed = scene.deliver(function);
        let again = scene.log.lock().unwrap().writes;
        if again != writes {
            faults.push("it was not over after the first time".to_owned());
        }
        let is_content =
            |one: &Passed| matches!(one.outcome.name(), "compliant" | "repaired" | "handed_over");
        let left = may(&live_role(&scene.account)).never_allowed();
        if let (Some(request), true) =
            (left, passed.iter().all(is_content) && function.facet() != Facet::Trust)
        {
            faults.push(format!("{} is left open, and nobody is told", request.action));
        }
    }
    (writes, faults)
}

#[test]
fn nothing_is_gained_at_any_point() {
    let (mut told, mut roles) = (Vec::new(), 0);
    for number in 0..any_role::how_many(300) {
        let role = AnyRole::number(number);
        let place = usize::try_from(number).unwrap();
        let function = Function::ALL[place % Function::ALL.len()];
        let known = told.len();
        let (writes, found) = faults(&role, function, Mishap::None);
        told.extend(found.into_iter().map(|fault| format!("{number} {function}: {fault}")));
        if writes > 0 {
            let mishap = match place / Function::ALL.len() % 2 {
                0 => Mishap::Refused(1 + place / 16 % writes),
                _ => Mishap::Missing(Function::ALL[place / 16 % Function::ALL.len()]),
            };
            let (_, found) = faults(&role, function, mishap);
            told.extend(found.into_iter().map(|fault| format!("{number} {function} {mishap:?}: {fault}")));
        }
        roles += usize::from(told.len() > known);
    }
    let shown = told[..told.len().min(8)].join("\n");
    assert!(told.is_empty(), "{} faults in {roles} roles\n{shown}", told.len());
}

fn statement(effect: &str, actions: &[&str]) -> Value {
    json!({"Effect": effect, "Action": actions, "Resource": "*"})
}

/// A managed policy opens a way to more, and denies what an inline policy would allow without it.
fn held_back() -> AnyRole {
    let lambda = json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let guard = [
        statement("Allow", &["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        statement("Deny", &["kms:ScheduleKeyDeletion"]),
    ];
    AnyRole {
        trust: any_role::document(&[lambda]),
        inline: vec![any_role::document(&[statement("Allow", &["kms:*"])])],
        managed: vec![any_role::document(&guard)],
        boundary: None,
    }
}

/// What became of the steps of each pass.
fn story(passed: &[Passed]) -> Vec<String> {
    let of = |one: &Passed| {
        let steps = one.record.steps.iter().map(|step| {
            let what = step.sentence.split(" `").next().unwrap_or_default();
            format!("{what} {:?}, waits for {}", step.result, step.waits_for.len())
        });
        let steps: Vec<String> = steps.collect();
        format!("{} {}: {}", one.record.function, one.outcome.name(), steps.join("; "))
    };
    passed.iter().map(of).collect()
}

#[test]
fn what_another_function_must_do_first_is_waited_for() {
    for function in [Function::AttachRolePolicy, Function::PutRolePolicy, Function::Sweep] {
        let mut scene = Scene::of(&held_back());
        let told = story(&scene.deliver(function));
        let first = "deny in the new inline policy";
        let expected = [
            format!("{first} HandedOver, waits for 0; detach Waiting, waits for 1"),
            format!("put-role-policy handed_over: {first} Done, waits for 0; detach HandedOver, waits for 1"),
            "attach-role-policy repaired: detach Done, waits for 0".to_owned(),
        ];
        let own = usize::from(function == Function::PutRolePolicy);
        assert!(told[0].ends_with(&expected[own]), "{told:#?}");
        assert_eq!(told[1 - own..], expected[1..], "{told:#?}");
        let writes = scene.log.lock().unwrap().writes;
        assert_eq!(writes, 2);
        let _ = scene.deliver(function);
        assert_eq!(scene.log.lock().unwrap().writes, writes, "the second time nothing is written");
        let role = live_role(&scene.account);
        assert!(role.permissions.unwrap().attached.is_empty());
    }
}

#[test]
fn without_whoever_must_go_first_nothing_of_it_is_done_and_the_outcome_says_so() {
    let mut scene = Scene::of(&held_back());
    scene.deployed.retain(|function| *function != Function::PutRolePolicy);
    let passed = scene.deliver(Function::AttachRolePolicy);
    assert_eq!(
        passed[0].outcome,
        crate::outcome::Outcome::Unrepaired(crate::outcome::Unrepaired::NoAuthority(Function::PutRolePolicy))
    );
    assert_eq!(scene.log.lock().unwrap().writes, 0);
}

#[test]
fn who_is_handed_a_part_of_a_plan_learns_the_whole() {
    let mut scene = Scene::of(&held_back());
    let (_, sent) = scene.run(Function::AttachRolePolicy, &by_hand("app"));
    let (to, message) = &sent[0];
    assert_eq!((*to, &message["version"]), (Function::PutRolePolicy, &json!(2)));
    let steps = message["purpose"]["steps"].as_array().unwrap();
    let parts: Vec<_> = steps.iter().map(|part| (&part["function"], &part["done"])).collect();
    assert_eq!(
        parts,
        [(&json!("put-role-policy"), &json!(false)), (&json!("attach-role-policy"), &json!(false))]
    );
    let (passed, sent) = scene.run(*to, message);
    let record = serde_json::to_value(&passed[0].record).unwrap();
    assert_eq!((&record["purpose"], record["trouble"].as_array().unwrap().len()), (&message["purpose"], 0));
    assert_eq!(sent[0].1["purpose"]["steps"][0]["done"], json!(true));
    // Meanwhile somebody changes the role: the live role decides, and people are told.
    scene.account.seed(|stored| {
        let all = any_role::document(&[statement("Allow", &["organizations:*"])]);
        stored.put_inline("app", &PolicyName::parse("i1").unwrap(), &all);
    });
    let (passed, _) = scene.run(sent[0].0, &sent[0].1);
    assert!(passed[0].record.trouble[0].as_str().contains("another"), "{:?}", passed[0].record.trouble);
}

/// Somebody allows what the policy holds back, right before it is detached.
#[test]
fn a_role_that_changed_meanwhile_is_judged_anew_before_anything_is_given_back() {
    let alone = AnyRole { inline: Vec::new(), ..held_back() };
    let mut undisturbed = Scene::of(&alone);
    let _ = undisturbed.run(Function::AttachRolePolicy, &by_hand("app"));
    let calls = undisturbed.account.calls();
    let write = calls.iter().position(|call| call.writes).unwrap();
    assert_eq!(calls[write].name, "DetachRolePolicy");
    let compared = calls[..write].iter().rposition(|call| call.name == "GetRole").unwrap();
    let mut scene = Scene::of(&alone);
    scene.account.before_call(compared, |stored| {
        let kms = any_role::document(&[statement("Allow", &["kms:*"])]);
        stored.put_inline("app", &PolicyName::parse("i9").unwrap(), &kms);
    });
    let told = story(&scene.deliver(Function::AttachRolePolicy));
    assert!(told[0].starts_with("attach-role-policy handed_over"), "{told:#?}");
    let log = scene.log.lock().unwrap();
    assert!(log.states[0].0.contains("rescind-keep"), "{}", log.states[0].0);
}

/// Two repairs made the role safe; undone in the wrong order, what the first denies would come free.
#[test]
fn a_repair_that_a_later_one_relies_on_is_not_undone_before_that_one() {
    let mut scene = Scene::of(&held_back());
    let passed = scene.deliver(Function::PutRolePolicy);
    let repairs: Vec<_> = passed.iter().map(|one| one.record.repair.clone().unwrap()).collect();
    let plan = |number: usize| {
        let repair = block_on(scene.history.repair(&repairs[number])).unwrap().unwrap();
        block_on(crate::undo::plan(&Everything(scene.account.clone()), &repair))
    };
    assert!(matches!(plan(0), Err(crate::undo::CannotUndo::Frees { .. })), "{:?}", plan(0));
    assert!(plan(1).is_ok());
    scene.account.seed(|stored| stored.attach("app", &arn("m0")));
    assert!(plan(0).is_ok());
}
