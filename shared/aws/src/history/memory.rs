//! What a pass asks of the table, and tells it.

use aws_sdk_dynamodb::types::AttributeValue;
use guardrails::{Digest, Facet, RoleId, RoleName};
use remediation::Record;
use remediation::budget::{Ask, Bucket, Turn};
use remediation::history::{
    Claim, History, Hold, Intent, Known, MOST_GOOD, Repair, RoleVersion, Verdict, overlaps, parts,
    versions_of,
};
use remediation::pass::Progress;
use remediation::ports::PortError;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::item::{Attributes, KEPT, NOTICES_KEPT, as_number, as_text, expires, keyed, number, text};
use super::key::{self, HOLDS, Key, REPAIRS, micros, timestamp};
use super::store::{Condition, Range, Table, Update};

/// A pass is longer under way than any function may run.
const LONGEST_PASS: Duration = Duration::hours(1);

/// The attribute of a head that tells when the role was last repaired.
const REPAIRED: &str = "repaired";

/// The attributes of a head that tell which repairs were begun, by their start, and not told of begin so. There is one
/// for each pass.
const BEGUN: &str = "begun#";

/// The attribute of the bucket that tells when it will be full.
const FULL_AT: &str = "full_at";

/// How often to read the bucket again that another function has changed meanwhile.
const MOST_OVERTAKEN: usize = 5;

/// How many good versions are looked at for [`MOST_GOOD`] different ones.
const MOST_LOOKED_AT: usize = 5 * MOST_GOOD;

/// What is kept of the first time a document was seen.
#[derive(Serialize, Deserialize)]
struct Seen {
    version: u32,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    cause: String,
    verdict: Verdict,
}

impl History for Table {
    /// The same intent twice, such as by a call whose answer was lost, is one; another intent in its place is
    /// refused.
    async fn intend(&self, intent: &Intent) -> Result<(), PortError> {
        let sum = Digest::of(&serde_json::to_string(intent).unwrap_or_default()).to_string();
        let condition = Condition {
            expression: "attribute_not_exists(pk) OR checksum = :checksum",
            values: vec![(":checksum", text(&sum))],
        };
        let key = Key::intent(intent);
        let facet = ("facet".to_owned(), text(intent.facet.word()));
        let attributes = [facet, ("checksum".to_owned(), text(&sum)), expires(intent.at + KEPT)].into();
        if !self.put_value(&key, intent, attributes, Some(condition)).await? {
            return Err(PortError(format!("another intent stands in the place of `{}`", key.sort)));
        }
        self.name(intent.role.name(), &intent.role_id, intent.at).await?;
        let started = AttributeValue::Ss(vec![timestamp(intent.repair.started())]);
        let begun = Update { add: [(begun_by(&intent.pass), started)].into(), ..Update::default() };
        self.update(&Key::head(&intent.role_id), begun).await
    }

    async fn append(&self, record: &Record) -> Result<(), PortError> {
        let Some(role) = &record.role_id else { return Ok(()) };
        let kept = self.keep(role, record).await;
        self.forget_head();
        kept
    }

    async fn good(&self, role: &RoleId, facet: Facet) -> Result<Vec<RoleVersion>, PortError> {
        let range = Range::of(key::role_partition(role), &key::versions(facet, true));
        let range = Range { newest_first: true, most: MOST_LOOKED_AT, ..range };
        let mut good: Vec<RoleVersion> = Vec::new();
        for item in self.query(&range).await? {
            let is_there = |version: &RoleVersion| Some(version.digest.to_string().as_str()) == digest(&item);
            if good.len() < MOST_GOOD && !good.iter().any(is_there) {
                good.push(self.value(&item).await?);
            }
        }
        Ok(good)
    }

    async fn knows(&self, role: &RoleId, facet: Facet, digest: Digest) -> Result<Option<Known>, PortError> {
        let Some(item) = self.get(&Key::seen(role, facet, digest)).await? else { return Ok(None) };
        let Seen { at, cause, verdict, .. } = self.value(&item).await?;
        Ok(Some(Known { at, cause, verdict }))
    }

    async fn baseline(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        let Some(item) = self.get(&Key::baseline(account)).await? else { return Ok(None) };
        Ok(instant(&item, "at"))
    }

    async fn end_baseline(&self, account: &str, at: OffsetDateTime) -> Result<(), PortError> {
        let mut item = keyed(&Key::baseline(account));
        item.insert("at".to_owned(), number(micros(at)));
        self.put(item, Some(Condition::is_new())).await.map(|_| ())
    }

    async fn sweep(&self, account: &str) -> Result<Option<Progress>, PortError> {
        match self.get(&Key::sweep(account)).await? {
            Some(item) => self.value(&item).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeping the same twice, such as by a call whose answer was lost, is keeping it once.
    async fn keep_sweep(&self, progress: &Progress) -> Result<bool, PortError> {
        let sum = Digest::of(&serde_json::to_string(progress).unwrap_or_default()).to_string();
        let revision = i128::from(progress.revision);
        let condition = Condition {
            expression: "attribute_not_exists(pk) OR revision = :before OR checksum = :checksum",
            values: vec![(":before", number(revision - 1)), (":checksum", text(&sum))],
        };
        let attributes = [("revision".to_owned(), number(revision)), ("checksum".to_owned(), text(&sum))];
        self.put_value(&Key::sweep(&progress.account), progress, attributes.into(), Some(condition)).await
    }

    async fn ask_for_sweep(&self, account: &str, after: OffsetDateTime) -> Result<(), PortError> {
        self.set(
            &Key::sweep_asked(account),
            [("after".to_owned(), number(after.unix_timestamp_nanos()))].into(),
        )
        .await
    }

    async fn asked_for(&self, account: &str) -> Result<Option<OffsetDateTime>, PortError> {
        let Some(item) = self.get(&Key::sweep_asked(account)).await? else { return Ok(None) };
        let nanos = as_number::<i128>(&item, "after");
        Ok(nanos.and_then(|nanos| OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()))
    }

    /// Every answer rests on the bucket as it was read: whoever was overtaken by another function reads again.
    async fn take(&self, account: &str, ask: Ask, now: OffsetDateTime) -> Result<Turn, PortError> {
        let key = Key::calls(account);
        for _ in 0..MOST_OVERTAKEN {
            let was = self.get(&key).await?.and_then(|item| instant(&item, FULL_AT));
            let (bucket, turn) = was.map_or(Bucket::FULL, |full_at| Bucket { full_at }).take(ask, now);
            if was == Some(bucket.full_at) || self.fill(&key, was, bucket).await? {
                return Ok(turn);
            }
        }
        Err(PortError("other functions were always faster to take calls out of the bucket".to_owned()))
    }

    /// The head, which a pass reads anyway, tells of most roles that there is none.
    async fn unfinished(&self, role: &RoleId, facet: Facet) -> Result<Vec<Repair>, PortError> {
        let mut unfinished = Vec::new();
        for started in begun(&self.last_head(role).await?.unwrap_or_default()) {
            let range = Range::of(key::role_partition(role), &format!("{REPAIRS}{started}#"));
            unfinished.extend(self.repairs_in(&range).await?);
        }
        // Whoever died between its record and the head has told.
        unfinished.retain(|repair| {
            let is_told = repair.record.as_ref().is_some_and(|record| !record.untold);
            !is_told && repair.facet().is_some_and(|of| overlaps(of, facet))
        });
        unfinished.sort_by_key(|repair| repair.id.started());
        Ok(unfinished)
    }

    async fn roles_named(&self, name: &RoleName) -> Result<Vec<RoleId>, PortError> {
        let mut items = self.query(&Range::of(key::name_partition(name), "")).await?;
        items.sort_by_key(|item| instant(item, "at"));
        Ok(items.iter().filter_map(|item| RoleId::parse(as_text(item, "sk")?).ok()).collect())
    }

    async fn repairs_since(
        &self,
        role: &RoleId,
        facet: Facet,
        since: OffsetDateTime,
    ) -> Result<u32, PortError> {
        // Most roles were not repaired for long, and their head tells.
        let repaired = self.head(role).await?.and_then(|head| as_number::<i128>(&head, REPAIRED));
        if repaired.is_none_or(|at| at < micros(since)) {
            return Ok(0);
        }
        let range = Range::of(key::role_partition(role), REPAIRS);
        let range = Range { from: format!("{REPAIRS}{}", timestamp(since - LONGEST_PASS)), ..range };
        let is_counted = |item: &Attributes| {
            let written = as_number::<i128>(item, "written").is_some_and(|at| at >= micros(since));
            written && as_text(item, "facet").is_some_and(|word| overlaps(facet_of(word), facet))
        };
        let repairs = self.query(&range).await?.iter().filter(|item| is_counted(item)).count();
        Ok(u32::try_from(repairs).unwrap_or(u32::MAX))
    }

    async fn holds(&self, role: &RoleId, facet: Facet, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        let items = self.query(&Range::of(HOLDS.to_owned(), &key::holds(role))).await?;
        let mut holds: Vec<Hold> = self.values(&items).await?;
        holds.retain(|hold| hold.role_id == *role && overlaps(hold.facet, facet) && hold.until > now);
        Ok(holds)
    }

    async fn claim_notice(&self, id: &str, now: OffsetDateTime) -> Result<Claim, PortError> {
        let key = Key::notice(id);
        let mut item = keyed(&key);
        item.insert("claimed".to_owned(), number(micros(now)));
        item.extend([expires(now + NOTICES_KEPT)]);
        let condition = Condition {
            expression: "attribute_not_exists(pk) OR (attribute_not_exists(sent) AND claimed <= :lapsed)",
            values: vec![(":lapsed", number(micros(now - Claim::LEASE)))],
        };
        if self.put(item, Some(condition)).await? {
            return Ok(Claim::Granted);
        }
        let found = self.get(&key).await?.unwrap_or_default();
        // When the answer to a claim is lost, the client makes it again, and finds its own.
        let is_own = as_number(&found, "claimed") == Some(micros(now));
        Ok(match (found.contains_key("sent"), is_own) {
            (true, _) => Claim::Sent,
            (false, true) => Claim::Granted,
            (false, false) => Claim::Sending,
        })
    }

    async fn notice_sent(&self, id: &str, now: OffsetDateTime) -> Result<(), PortError> {
        let sent = ("sent".to_owned(), number(micros(now)));
        self.set(&Key::notice(id), [sent, expires(now + NOTICES_KEPT)].into()).await
    }
}

impl Table {
    /// `false` if the bucket has changed meanwhile.
    async fn fill(&self, key: &Key, was: Option<OffsetDateTime>, bucket: Bucket) -> Result<bool, PortError> {
        let mut item = keyed(key);
        item.insert(FULL_AT.to_owned(), number(micros(bucket.full_at)));
        let condition = was.map_or_else(Condition::is_new, |was| Condition {
            expression: "full_at = :was",
            values: vec![(":was", number(micros(was)))],
        });
        self.put(item, Some(condition)).await
    }

    /// Notes that the role has this name.
    async fn name(&self, name: &RoleName, role: &RoleId, at: OffsetDateTime) -> Result<(), PortError> {
        let mut item = keyed(&Key::name(name, role));
        item.insert("at".to_owned(), number(micros(at)));
        self.put(item, Some(Condition::is_new())).await.map(|_| ())
    }

    /// Writes how a repair ended, and what the record tells of the role.
    async fn keep(&self, role: &RoleId, record: &Record) -> Result<(), PortError> {
        if let Some(repair) = &record.repair {
            let written = record.times.written.filter(|_| record.is_repair());
            let written = |name: &str| written.map(|at| (name.to_owned(), number(micros(at))));
            let facet = ("facet".to_owned(), text(record.facet.word()));
            let common = [facet, expires(record.times.ended + KEPT)];
            let attributes = common.into_iter().chain(written("written")).collect();
            self.put_value(&Key::outcome(repair), record, attributes, None).await?;
            let set: Attributes = written(REPAIRED).into_iter().collect();
            let remove = (!record.untold).then(|| begun_by(&record.pass));
            if !set.is_empty() || remove.is_some() {
                self.update(&Key::head(role), Update { set, remove, ..Update::default() }).await?;
            }
        }
        self.remember(role, record).await
    }

    /// Writes the versions of a record that are news. The head comes last: whatever dies before it is done
    /// again by the next pass.
    async fn remember(&self, role: &RoleId, record: &Record) -> Result<(), PortError> {
        let versions = versions_of(record);
        if versions.is_empty() {
            return Ok(());
        }
        let head = self.last_head(role).await?;
        let is_first =
            head.as_ref().is_none_or(|head| parts(Facet::All).all(|part| newest(head, part).is_none()));
        if let (true, Some(arn)) = (is_first, &record.role) {
            self.name(arn.name(), role, record.times.started).await?;
        }
        let mut news = Attributes::new();
        for facet in parts(record.facet) {
            let mut newest = head.as_ref().and_then(|head| newest(head, facet));
            for version in versions.iter().filter(|version| version.facet == facet) {
                if version.is_news_after(newest) {
                    self.remember_version(role, version).await?;
                    newest = Some((version.digest, version.verdict));
                    news.insert(facet.word().to_owned(), text(head_text(version)));
                }
            }
        }
        if news.is_empty() { Ok(()) } else { self.set(&Key::head(role), news).await }
    }

    /// A version that was safe, and that a document was seen, are kept for ever: what was good before and what
    /// is a change depend on them.
    async fn remember_version(&self, role: &RoleId, version: &RoleVersion) -> Result<(), PortError> {
        let Known { at, cause, verdict } = version.known();
        let seen = Seen { version: 1, at, cause, verdict };
        let key = Key::seen(role, version.facet, version.digest);
        self.put_value(&key, &seen, Attributes::new(), Some(Condition::is_new())).await?;
        let mut attributes: Attributes = [("digest".to_owned(), text(version.digest.to_string()))].into();
        if !version.verdict.is_good() {
            attributes.extend([expires(version.at + KEPT)]);
        }
        self.put_value(&Key::version(version), version, attributes, None).await.map(|_| ())
    }
}

pub(super) fn is_outcome(item: &Attributes) -> bool {
    as_text(item, "sk").is_some_and(|sort| sort.ends_with("#outcome"))
}

/// The attribute that tells which repairs this pass has begun.
fn begun_by(pass: &str) -> String {
    format!("{BEGUN}{}", Digest::of(pass))
}

/// The starts of the repairs that were begun and not told of.
fn begun(head: &Attributes) -> impl Iterator<Item = &String> {
    let begun = head.iter().filter(|(name, _)| name.starts_with(BEGUN));
    begun.filter_map(|(_, starts)| starts.as_ss().ok()).flatten()
}

fn digest(item: &Attributes) -> Option<&str> {
    as_text(item, "digest")
}

/// `safe DIGEST`
fn head_text(version: &RoleVersion) -> String {
    let verdict = serde_json::to_value(version.verdict).unwrap_or_default();
    format!("{} {}", verdict.as_str().unwrap_or_default(), version.digest)
}

/// What can't be read is as good as nothing: the version is written again.
fn newest(head: &Attributes, facet: Facet) -> Option<(Digest, Verdict)> {
    let (verdict, digest) = as_text(head, facet.word())?.split_once(' ')?;
    let verdict = serde_json::from_value(verdict.into()).ok()?;
    Some((Digest::try_from(digest.to_owned()).ok()?, verdict))
}

fn facet_of(word: &str) -> Facet {
    match word {
        "trust" => Facet::Trust,
        "permissions" => Facet::Permissions,
        _ => Facet::All,
    }
}

pub(super) fn instant(item: &Attributes, name: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(as_number::<i128>(item, name)? * 1_000).ok()
}
