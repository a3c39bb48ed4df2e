//! Roles, documents and records for the cases.

use guardrails::{
    Digest, Facet, InlinePolicy, NameError, Permissions, PolicyName, Role, RoleArn, RoleId, Step,
};
use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::function::Function;
use crate::history::{Hold, Intent, RepairId};
use crate::log_text::LogText;
use crate::record::{FindingRecord, OutcomeRecord, Record, RoleState, Times};
use crate::trigger::Actor;

use super::Failed;

impl From<NameError> for Failed {
    fn from(error: NameError) -> Self {
        Self(error.to_string())
    }
}

/// Hands out roles, each with an id of its own.
pub(super) struct Roles {
    seed: u32,
    next: u32,
}

impl Roles {
    pub(super) fn new(seed: u32) -> Self {
        Self { seed, next: 0 }
    }

    pub(super) fn role(&mut self) -> Result<Role, Failed> {
        self.next += 1;
        let name = format!("role-{}-{}", self.seed, self.next);
        self.another_named(&name)
    }

    pub(super) fn another_named(&mut self, name: &str) -> Result<Role, Failed> {
        self.next += 1;
        Ok(Role {
            arn: RoleArn::parse(&format!("arn:aws:iam::111122223333:role/{name}"))?,
            id: RoleId::parse(&format!("AROA{:08}{:09}", self.seed, self.next))?,
            created: at(0),
            max_session_seconds: 3_600,
            trust: trust(0),
            boundary: None,
            permissions: None,
        })
    }

    /// An account, or the id of a notification, that no other run has.
    pub(super) fn number(&mut self) -> String {
        self.next += 1;
        format!("{:06}{:06}", self.seed, self.next)
    }
}

/// So many seconds after 2026-11-20T10:00:00Z, and a microsecond.
pub(super) fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::new(1_795_168_800 + seconds, 1_000)
}

pub(super) fn trust(number: u32) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{number:012}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

pub(super) fn with_trust(role: &Role, number: u32) -> Role {
    Role { trust: trust(number), ..role.clone() }
}

pub(super) fn with_inline(role: &Role, text: &str) -> Result<Role, Failed> {
    let inline = vec![InlinePolicy { name: PolicyName::parse("inline")?, text: text.to_owned() }];
    Ok(Role { permissions: Some(Permissions { inline, ..Permissions::default() }), ..role.clone() })
}

pub(super) fn digest(role: &Role, facet: Facet) -> Digest {
    RoleState::from(role).digest(facet)
}

/// The record of a pass over the trust policy, which was safe.
pub(super) fn compliant(role: &Role, seconds: i64) -> Record {
    let started = at(seconds);
    Record {
        version: 1,
        pass: format!("{started}/{}/trust", role.arn.name()),
        repair: None,
        function: Function::UpdateAssumeRolePolicy,
        account: role.arn.account().to_owned(),
        role_name: Some(LogText::new(role.arn.name().as_str())),
        role: Some(role.arn.clone()),
        role_id: Some(role.id.clone()),
        facet: Facet::Trust,
        cause: "changed".to_owned(),
        omitted: false,
        event: None,
        late: false,
        also: Vec::new(),
        actor: Actor { who: Some(LogText::new("carlos")), ..Actor::default() },
        purpose: None,
        provider: None,
        blind: Vec::new(),
        before: Some(RoleState::from(role)),
        after: None,
        findings: Vec::new(),
        steps: Vec::new(),
        outcome: OutcomeRecord { name: "compliant".to_owned(), why: None },
        contest: None,
        handed_over: Vec::new(),
        times: Times {
            started,
            written: None,
            verified: None,
            ended: started + Duration::seconds(1),
            detection_ms: None,
            exposure_ms: None,
        },
        iam_calls: 1,
        again_after_seconds: None,
        untold: false,
        trouble: Vec::new(),
    }
}

/// The record of a pass over the trust policy, which was unsafe and stayed so.
pub(super) fn unrepaired(role: &Role, seconds: i64) -> Record {
    let finding = json!({"facet": "trust", "kind": "trust_reaches_outside"});
    Record {
        findings: vec![FindingRecord { finding, open: None }],
        outcome: OutcomeRecord { name: "unrepaired".to_owned(), why: None },
        ..compliant(role, seconds)
    }
}

/// The record of a pass that repaired the trust policy.
pub(super) fn repaired(before: &Role, after: &Role, seconds: i64) -> Record {
    let record = unrepaired(before, seconds);
    let moment = |seconds| Some(record.times.started + Duration::seconds(seconds));
    Record {
        repair: Some(RepairId::new(before.id.clone(), record.times.started)),
        after: Some(RoleState::from(after)),
        outcome: OutcomeRecord { name: "repaired".to_owned(), why: None },
        times: Times { written: moment(1), verified: moment(2), ..record.times.clone() },
        ..record
    }
}

/// The intent that goes with that record.
pub(super) fn intent(before: &Role, after: &Role, seconds: i64) -> Intent {
    let record = compliant(before, seconds);
    Intent {
        version: 1,
        pass: record.pass,
        repair: RepairId::new(before.id.clone(), record.times.started),
        at: record.times.started,
        role: before.arn.clone(),
        role_id: before.id.clone(),
        facet: Facet::Trust,
        event: record.event,
        actor: record.actor,
        before: RoleState::from(before),
        steps: vec![Step::PutTrust { before: before.trust.clone(), after: after.trust.clone() }],
    }
}

pub(super) fn hold(role: &Role, facet: Facet, until: i64) -> Hold {
    Hold {
        version: 1,
        role_id: role.id.clone(),
        role: role.arn.clone(),
        facet,
        digest: digest(role, facet),
        at: at(0),
        until: at(until),
        by: "dana".to_owned(),
    }
}

/// A text that hardly gets smaller when it is packed.
pub(super) fn noise(length: usize) -> String {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let letters = (0..length).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b' ' + u8::try_from((state >> 33) % 90).unwrap_or_default())
    });
    letters.collect()
}
