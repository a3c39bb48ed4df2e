//! An error of each kind at every single call.

use guardrails::{Facet, Permit, PolicyName, Role, RoleName, Step};

use super::fixture::*;
use crate::authority::{Everything, InlineOnly, InlineRepair, Read, TrustOnly, Write};
use crate::embedded::{Embedded, Fault};
use crate::function::Function;
use crate::iam_error::IamError;
use crate::outcome::{Next, Outcome};

/// More calls than a repair makes.
const CALLS: usize = 12;

/// Reads all and writes less than that.
#[derive(Debug)]
pub(super) struct Reader<W> {
    reads: Everything<Embedded>,
    writes: W,
}

/// Writes trust policies only.
#[expect(non_snake_case, reason = "used where the authorities of the crate are: as a constructor")]
pub(super) fn SweepWithoutInline(account: Embedded) -> Reader<TrustOnly<Embedded>> {
    Reader { reads: Everything(account.clone()), writes: TrustOnly(account) }
}

/// Writes inline policies only.
#[expect(non_snake_case, reason = "used where the authorities of the crate are: as a constructor")]
pub(super) fn InlineSweep(account: Embedded) -> Reader<InlineOnly<Embedded>> {
    Reader { reads: Everything(account.clone()), writes: InlineOnly(account, InlineRepair::Rewrite) }
}

impl<W: Sync> Read for Reader<W> {
    async fn read(&self, name: &RoleName, facet: Facet) -> Result<Role, IamError> {
        self.reads.read(name, facet).await
    }
}

impl<W: Write> Write for Reader<W> {
    fn may(&self, permit: &Permit, step: &Step) -> bool {
        self.writes.may(permit, step)
    }

    async fn write(&self, permit: &Permit, role: &RoleName, step: &Step) -> Result<(), IamError> {
        self.writes.write(permit, role, step).await
    }
}

const TRANSIENT: [Fault; 4] =
    [Fault::Throttled, Fault::Failed, Fault::UnansweredNotDone, Fault::UnansweredDone];

#[test]
fn a_transient_error_at_any_call_is_survived_in_the_same_pass() {
    for fault in TRANSIENT {
        for index in 0..CALLS {
            let account = account(&unsafe_trust());
            account.fail(index, fault.clone());
            let passed = pass(&trust_world(&account), &updater(), &update(&unsafe_trust()));
            assert!(is_repaired(&passed.outcome), "{fault:?} at call {index}: {:?}", passed.outcome);
            assert!(is_safe(&live(&account)));
        }
    }
}

#[test]
fn a_transient_error_at_any_call_of_an_inline_repair_is_survived() {
    for fault in TRANSIENT {
        for index in 0..CALLS {
            let account = account(&safe());
            let name = PolicyName::parse("p").unwrap();
            account.seed(|stored| stored.put_inline("app", &name, ADMIN));
            account.fail(index, fault.clone());
            let world = inline_world(&account);
            let passed = pass(&world, &enforce(Function::PutRolePolicy), &put_inline(ADMIN));
            assert!(is_repaired(&passed.outcome), "{fault:?} at call {index}: {:?}", passed.outcome);
        }
    }
}

#[test]
fn a_lasting_error_at_any_call_is_reported_and_the_next_delivery_repairs() {
    let answers = [
        Fault::Denied,
        Fault::Answer(IamError::LimitExceeded("ACLSizePerRole".to_owned())),
        Fault::Answer(IamError::Unexpected("what?".to_owned())),
    ];
    for fault in answers {
        for index in 0..4 {
            let account = account(&unsafe_trust());
            account.fail(index, fault.clone());
            let world = trust_world(&account);
            let passed = pass(&world, &updater(), &update(&unsafe_trust()));
            let said_so = matches!(passed.outcome, Outcome::Unjudged(_) | Outcome::Unrepaired(_));
            assert!(said_so, "{fault:?} at call {index}: {:?}", passed.outcome);
            assert_eq!(world.bus.told().len(), 1);
            until_done(&world, &updater(), &update(&unsafe_trust()));
            assert!(is_safe(&live(&account)), "{fault:?} at call {index}");
        }
    }
}

#[test]
fn bad_weather_that_lasts_ends_the_pass_and_the_message_comes_again() {
    let account = account(&unsafe_trust());
    for index in 0..20 {
        account.fail(index, Fault::Throttled);
    }
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    assert_eq!(passed.outcome.name(), "unjudged");
    assert!(matches!(passed.next, Next::Again { .. }));
    assert!(account.calls().len() < 10);
    until_done(&world, &updater(), &update(&unsafe_trust()));
    assert!(is_safe(&live(&account)));
}

#[test]
fn a_role_that_only_aws_may_change_is_never_written_twice() {
    let account = account(&unsafe_trust());
    account.fail(2, Fault::Answer(IamError::Unmodifiable("app".to_owned())));
    let passed = pass(&trust_world(&account), &updater(), &update(&unsafe_trust()));
    assert_eq!((passed.outcome, passed.next), (Outcome::Unmodifiable, Next::Done));
    assert_eq!(account.writes(), 1);
}
