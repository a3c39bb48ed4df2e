//! What people ask of the table, and how they make a hold.

use guardrails::{Facet, RoleId};
use remediation::Record;
use remediation::history::{Archive, Hold, Intent, Repair, RepairId, RoleVersion, parts};
use remediation::ports::PortError;
use time::OffsetDateTime;

use super::item::{KEPT, expires};
use super::key::{self, HOLDS, Key, REPAIRS};
use super::memory::is_outcome;
use super::store::{Range, Table};

impl Archive for Table {
    async fn versions(&self, role: &RoleId) -> Result<Vec<RoleVersion>, PortError> {
        let mut versions: Vec<RoleVersion> = Vec::new();
        for facet in parts(Facet::All) {
            for is_good in [true, false] {
                let range = Range::of(key::role_partition(role), &key::versions(facet, is_good));
                versions.extend(self.values::<RoleVersion>(&self.query(&range).await?).await?);
            }
        }
        versions.sort_by_key(|version| version.at);
        Ok(versions)
    }

    async fn repairs(&self, role: &RoleId) -> Result<Vec<Repair>, PortError> {
        self.repairs_in(&Range::of(key::role_partition(role), REPAIRS)).await
    }

    async fn repair(&self, id: &RepairId) -> Result<Option<Repair>, PortError> {
        let range = Range::of(key::role_partition(id.role()), &key::repair(id));
        Ok(self.repairs_in(&range).await?.pop())
    }

    async fn hold(&self, hold: &Hold) -> Result<(), PortError> {
        let attributes = [expires(hold.until + KEPT)].into();
        self.put_value(&Key::hold(hold), hold, attributes, None).await.map(|_| ())
    }

    async fn all_holds(&self, now: OffsetDateTime) -> Result<Vec<Hold>, PortError> {
        let items = self.query(&Range::of(HOLDS.to_owned(), "")).await?;
        let mut holds: Vec<Hold> = self.values(&items).await?;
        holds.retain(|hold| hold.until > now);
        Ok(holds)
    }
}

impl Table {
    pub(super) async fn repairs_in(&self, range: &Range) -> Result<Vec<Repair>, PortError> {
        let (mut intents, mut records) = (Vec::new(), Vec::new());
        for item in self.query(range).await? {
            if is_outcome(&item) {
                records.push(self.value::<Record>(&item).await?);
            } else {
                intents.push(self.value::<Intent>(&item).await?);
            }
        }
        Ok(Repair::group(intents, records))
    }
}
