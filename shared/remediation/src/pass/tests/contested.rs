//! Opponents who write for ever. Time is simulated; what is measured is how long the role was unsafe.

use std::time::Duration;

use guardrails::{Facet, PolicyName, Role, without_containments};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::fixture::*;
use crate::authority::Everything;
use crate::budget::Rate;
use crate::embedded::world::World;
use crate::embedded::{Embedded, Stored};
use crate::function::Function;
use crate::history::memory::MemoryHistory;
use crate::outcome::Outcome;
use crate::pass::{self, Context, Instance as Memory, handle_batch};
use crate::ports::{Clock as _, ReadPermissions as _};

/// From the opponent's call to its message at the function.
const DELIVERY: u64 = 5;

/// One opponent: what it writes, in turn, and how often.
struct Opponent {
    call: &'static str,
    documents: Vec<String>,
    every: u64,
    user_agent: &'static str,
    invoked_by: Option<&'static str>,
}

impl Opponent {
    fn over_trust(documents: Vec<String>, every: u64, user_agent: &'static str) -> Self {
        Self { call: "UpdateAssumeRolePolicy", documents, every, user_agent, invoked_by: None }
    }

    fn writes(&self, account: &Embedded, turn: usize) -> String {
        let document = &self.documents[turn % self.documents.len()];
        account.seed(|stored| match self.call {
            "PutRolePolicy" => stored.put_inline("app", &PolicyName::parse("p").unwrap(), document),
            _ => stored.put_trust("app", document),
        });
        document.clone()
    }

    fn event(&self, document: &str, id: usize, at: OffsetDateTime) -> String {
        let parameters = json!({"roleName": "app", "policyName": "p", "policyDocument": document});
        let mut event = event(self.call, &parameters);
        let detail = &mut event["detail"];
        detail["eventID"] = json!(format!("event-{id}"));
        detail["eventTime"] = json!(at.format(&time::format_description::well_known::Rfc3339).unwrap());
        detail["userAgent"] = json!(self.user_agent);
        if let Some(service) = self.invoked_by {
            detail["userIdentity"]["invokedBy"] = json!(service);
            detail["sourceIPAddress"] = json!(service);
        }
        event.to_string()
    }
}

/// What a fight came to.
struct Fought {
    /// Seconds in which a guardrail was violated and no containment in force, before the first containment and
    /// after it.
    unsafe_before: u64,
    unsafe_after: u64,
    seconds_after: u64,
    /// The most writes within any hour.
    most_writes_an_hour: usize,
    most_deliveries: u32,
    world: All,
}

impl Fought {
    fn share(&self) -> f64 {
        self.unsafe_after as f64 / self.seconds_after.max(1) as f64
    }
}

struct Message {
    due: u64,
    body: String,
    deliveries: u32,
}

impl Message {
    fn as_given(&self) -> pass::Message<'_> {
        pass::Message { body: &self.body, deliveries: self.deliveries + 1 }
    }
}

/// The two functions that matter, one account, one history, one clock: a second at a time.
struct Fight<'a> {
    opponent: &'a Opponent,
    world: All,
    /// The queues of the two functions.
    messages: [Vec<Message>; 2],
    instances: [Memory; 2],
    handed_over: usize,
    most_deliveries: u32,
    writes: Vec<u64>,
}

impl<'a> Fight<'a> {
    fn new(opponent: &'a Opponent) -> Self {
        let queues = [Function::PutRolePolicy];
        Self {
            opponent,
            world: World::new(account(&safe()), Everything, MemoryHistory::default(), &queues, NOW),
            messages: [Vec::new(), Vec::new()],
            instances: [Memory::new(Rate::default()), Memory::new(Rate::default())],
            handed_over: 0,
            most_deliveries: 0,
            writes: Vec::new(),
        }
    }

    fn goes_on_for(mut self, seconds: u64, quiet: u64) -> Fought {
        let contexts = [updater(), enforce(Function::PutRolePolicy)];
        let queue = usize::from(self.opponent.call == "PutRolePolicy");
        let (mut turn, mut contained_at, mut seen) = (0, None, None::<(Stored, bool, bool)>);
        let (mut unsafe_before, mut unsafe_after) = (0, 0);
        for second in 0..seconds + quiet {
            self.at(second);
            if second < seconds && second % self.opponent.every == 0 {
                let document = self.opponent.writes(&self.world.account, turn);
                let body = self.opponent.event(&document, turn, self.world.clock.now());
                self.messages[queue].push(Message { due: second + DELIVERY, body, deliveries: 0 });
                turn += 1;
            }
            self.work(second, &contexts);
            let stored = self.world.account.stored();
            if seen.as_ref().is_none_or(|(last, ..)| *last != stored) {
                let role = full(&self.world.account);
                seen = Some((stored, is_contained(&role), is_unsafe(&contexts[0], &role)));
            }
            let (_, contained, is_unsafe) = seen.clone().unwrap();
            if contained_at.is_none() && contained {
                contained_at = Some(second);
            }
            if second < seconds && is_unsafe {
                *(if contained_at.is_some() { &mut unsafe_after } else { &mut unsafe_before }) += 1;
            }
        }
        let hour = |from: &u64| self.writes.iter().filter(|at| (*from..from + 3_600).contains(at)).count();
        Fought {
            unsafe_before,
            unsafe_after,
            seconds_after: contained_at.map_or(0, |at| seconds - at),
            most_writes_an_hour: self.writes.iter().map(hour).max().unwrap_or_default(),
            most_deliveries: self.most_deliveries,
            world: self.world,
        }
    }

    /// Every due message is worked on, in batches of ten.
    fn work(&mut self, second: u64, contexts: &[Context; 2]) {
        for (queue, context) in contexts.iter().enumerate() {
            let all = std::mem::take(&mut self.messages[queue]);
            let (mut due, later): (Vec<_>, Vec<_>) = all.into_iter().partition(|m| m.due <= second);
            self.messages[queue] = later;
            for batch in due.chunks_mut(10) {
                let messages: Vec<_> = batch.iter().map(Message::as_given).collect();
                let writes = self.world.account.writes();
                let instance = &self.instances[queue];
                let worked = block_on(handle_batch(&self.world, context, instance, &messages, None));
                let writes = self.world.account.writes() - writes;
                self.writes.extend(std::iter::repeat_n(second, writes));
                for (place, again) in worked.iter().flat_map(|w| w.messages.iter().map(|p| (*p, w.again))) {
                    let Message { body, deliveries, .. } = &batch[place];
                    let (body, deliveries) = (body.clone(), deliveries + 1);
                    self.most_deliveries = self.most_deliveries.max(deliveries);
                    if let Some(after) = again {
                        let due = second + after.as_secs().max(1);
                        self.messages[queue].push(Message { due, body, deliveries });
                    }
                }
            }
        }
        for (_, message) in self.world.queues.messages().into_iter().skip(self.handed_over) {
            self.handed_over += 1;
            let body = serde_json::to_string(&message).unwrap();
            self.messages[1].push(Message { due: second + 1, body, deliveries: 0 });
        }
    }

    fn at(&self, second: u64) {
        let ahead = NOW + Duration::from_secs(second) - self.world.clock.now();
        self.world.clock.advance(Duration::try_from(ahead).unwrap_or_default());
    }
}

fn full(account: &Embedded) -> Role {
    let mut role = role(account, "app");
    role.permissions = Some(block_on(account.permissions(&role)).unwrap());
    role
}

fn is_contained(role: &Role) -> bool {
    *without_containments(role) != *role
}

/// A guardrail is violated and nothing holds the role: with its containments, an outsider or a forbidden action
/// gets through.
fn is_unsafe(context: &Context, role: &Role) -> bool {
    let lets_outsiders_in = !is_safe(&role.trust) && !holds_sessions(role);
    lets_outsiders_in || !guardrails::check(&context.rules, role, Facet::Permissions).is_empty()
}

/// Told without the code that writes the containment: a plain Deny of everything to whoever comes in now.
fn holds_sessions(role: &Role) -> bool {
    let inline = &role.permissions.as_ref().unwrap().inline;
    inline.iter().any(|policy| {
        let document: Value = serde_json::from_str(&policy.text).unwrap();
        let statement = &document["Statement"][0];
        let since = &statement["Condition"]["DateGreaterThanEquals"]["aws:TokenIssueTime"];
        (&statement["Effect"], &statement["Action"], &statement["Resource"])
            == (&json!("Deny"), &json!("*"), &json!("*"))
            && since.as_str().is_some_and(|since| since < "2026-11-20T10:00:00Z")
    })
}

fn fought(name: &str, opponent: &Opponent, seconds: u64) -> Fought {
    let fought = Fight::new(opponent).goes_on_for(seconds, 0);
    println!(
        "{name}, every {} s for {seconds} s: unsafe {} s until contained, then {} of {} s ({:.2} %); at most {} \
         writes an hour, {} deliveries of one message, {} notifications",
        opponent.every,
        fought.unsafe_before,
        fought.unsafe_after,
        fought.seconds_after,
        100.0 * fought.share(),
        fought.most_writes_an_hour,
        fought.most_deliveries,
        fought.world.bus.told().len(),
    );
    assert!(fought.seconds_after > 0, "never contained");
    assert!(fought.share() <= 0.05, "{name}");
    // Every write of rescind counts: 12 pauses of 5 minutes, the first hour's short ones, one containment.
    assert!(fought.most_writes_an_hour <= 24, "{} writes", fought.most_writes_an_hour);
    assert!(
        fought.most_deliveries < 50,
        "{} deliveries: the queue gives a message up",
        fought.most_deliveries
    );
    fought
}

#[test]
fn terraform_over_the_trust_policy_is_contained() {
    let opponent = Opponent::over_trust(vec![unsafe_trust()], 120, "APN/1.0 HashiCorp/1.0 Terraform/1.9.5");
    let _ = fought("terraform", &opponent, 2 * 3_600);
}

#[test]
fn a_script_that_alternates_two_documents_is_contained() {
    let documents = vec![unsafe_trust(), trust(&[OUTSIDER])];
    let fought = fought("script", &Opponent::over_trust(documents, 20, "curl/8.9"), 3_600);
    // As soon as it stops, the last message repairs the role for good.
    assert!(fought.world.history.entries().len() > 20);
}

#[test]
fn cloudformation_over_an_inline_policy_is_contained() {
    let opponent = Opponent {
        call: "PutRolePolicy",
        documents: vec![ADMIN.to_owned()],
        every: 180,
        user_agent: "cloudformation.amazonaws.com",
        invoked_by: Some("cloudformation.amazonaws.com"),
    };
    let _ = fought("cloudformation", &opponent, 3_600);
}

#[test]
fn the_alert_names_the_opponent_and_carries_the_patch() {
    let opponent = Opponent {
        invoked_by: Some("cloudformation.amazonaws.com"),
        ..Opponent::over_trust(vec![unsafe_trust()], 60, "cloudformation.amazonaws.com")
    };
    let fought = Fight::new(&opponent).goes_on_for(1_200, 0);
    let told = fought.world.bus.told();
    let contested: Vec<_> = told.iter().filter(|told| told.outcome.name == "contested").collect();
    let facets: Vec<Facet> = contested.iter().map(|told| told.facet).collect();
    assert_eq!(facets, [Facet::Trust, Facet::Permissions], "the fight and its containment, once an hour");
    let text = serde_json::to_string(&contested).unwrap();
    assert!(!text.contains("s3cret-id"), "{text}");
    insta::assert_json_snapshot!("notification_of_a_fight", contested[0]);
}

#[test]
fn when_the_fight_is_over_the_containment_goes() {
    let opponent = Opponent::over_trust(vec![unsafe_trust()], 60, "curl/8.9");
    let fought = Fight::new(&opponent).goes_on_for(1_200, 600);
    let world = &fought.world;
    assert!(is_contained(&full(&world.account)));
    assert!(is_safe(&live(&world.account)), "the last message carried on");
    let context = enforce(Function::PutRolePolicy);
    // Whoever comes by: the sweep, or any event.
    world.clock.advance(Duration::from_secs(11 * 3_600));
    let _ = pass(world, &context, &by_hand("app"));
    assert!(is_contained(&full(&world.account)), "sessions of the fight may live on");
    world.clock.advance(Duration::from_secs(3_600));
    let passed = pass(world, &context, &by_hand("app"));
    assert!(is_repaired(&passed.outcome), "{:?}", passed.outcome);
    assert!(!is_contained(&full(&world.account)));
    assert_eq!(pass(world, &context, &by_hand("app")).outcome, Outcome::Compliant);
}

#[test]
fn a_containment_that_is_taken_away_comes_back_and_neither_side_wins_by_speed() {
    let opponent = Opponent::over_trust(vec![unsafe_trust()], 30, "curl/8.9");
    let fought = Fight::new(&opponent).goes_on_for(600, 0);
    let world = &fought.world;
    let contain = PolicyName::parse("rescind-contain-trust").unwrap();
    let context = enforce(Function::PutRolePolicy);
    let writes = world.account.writes();
    for turn in 0..60 {
        world.account.seed(|stored| stored.take_inline("app", &contain));
        let mut event =
            event("DeleteRolePolicy", &json!({"roleName": "app", "policyName": contain.as_str()}));
        event["detail"]["eventID"] = json!(format!("delete-{turn}"));
        event["detail"]["eventTime"] =
            json!(world.clock.now().format(&time::format_description::well_known::Rfc3339).unwrap());
        let _ = pass(world, &context, &event);
        if turn == 0 {
            assert!(is_contained(&full(&world.account)), "at once, the first time");
        }
        world.clock.advance(Duration::from_secs(30));
    }
    let writes = world.account.writes() - writes;
    println!("60 deletions of the containment in 30 minutes: {writes} writes");
    assert!((3..=20).contains(&writes), "{writes} writes");
}

#[test]
fn a_fight_over_one_facet_does_not_hold_up_the_other() {
    let opponent = Opponent::over_trust(vec![unsafe_trust()], 30, "curl/8.9");
    let fought = Fight::new(&opponent).goes_on_for(900, 0);
    let world = &fought.world;
    world.account.seed(|stored| stored.put_trust("app", &unsafe_trust()));
    world.account.seed(|stored| stored.put_inline("app", &PolicyName::parse("p").unwrap(), ADMIN));
    let passed = pass(world, &enforce(Function::Sweep), &by_hand("app"));
    let inline = full(&world.account).permissions.unwrap().inline;
    assert!(inline.iter().all(|policy| policy.name.as_str() != "p"), "{:?}", passed.outcome);
}
