//! Does a trail report the writes to IAM in this region? EventBridge gets the API calls that a trail logs, and no
//! others ("AWS service events delivered via AWS CloudTrail", Amazon EventBridge user guide).

use super::{Blind, Found, Gap, Part};

/// IAM, as events and selectors name it.
const IAM: &str = "iam.amazonaws.com";

/// A trail that reaches this region: one that lies here, or the shadow of one that covers all regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Its ARN.
    pub arn: String,
    /// The region in which it was made.
    pub home_region: String,
    /// It covers all regions.
    pub is_multi_region: bool,
    /// It logs the events of global services, such as IAM.
    pub has_global_events: bool,
    /// It is switched on.
    pub is_logging: Found<bool>,
    /// Which events it logs.
    pub selectors: Found<Selectors>,
}

/// Which events a trail logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selectors {
    /// Nobody chose any: all management events.
    Default,
    /// Basic selectors. An event is logged if one of them takes it.
    Basic(Vec<Selector>),
    /// Advanced selectors, each a list of conditions on fields. An event is logged if one takes it, and that takes
    /// all its conditions.
    Advanced(Vec<Vec<FieldSelector>>),
}

/// A basic event selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// It takes management events.
    pub has_management_events: bool,
    /// Calls that read, write, or both.
    pub read_write: ReadWrite,
    /// Services whose management events it leaves out.
    pub excluded: Vec<String>,
}

/// The calls that a selector takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadWrite {
    /// All.
    All,
    /// Those that change something.
    Writes,
    /// Those that change nothing, or what is not understood.
    Others,
}

/// A condition of an advanced event selector on one field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    /// The field, such as `readOnly`.
    pub field: String,
    /// One of these.
    pub equals: Vec<String>,
    /// Begins with one of these.
    pub starts_with: Vec<String>,
    /// Ends with one of these.
    pub ends_with: Vec<String>,
    /// None of these.
    pub not_equals: Vec<String>,
    /// Begins with none of these.
    pub not_starts_with: Vec<String>,
    /// Ends with none of these.
    pub not_ends_with: Vec<String>,
}

/// Nothing if one trail does; else what is wrong with each.
pub(super) fn gaps(trails: &Found<Vec<Trail>>, region: &str) -> Vec<Blind> {
    let trails = match trails {
        Ok(trails) => trails,
        Err(why) => return vec![Blind::new(Part::Trail, "*", Gap::Unread(why.clone()))],
    };
    if trails.is_empty() {
        return vec![Blind::new(Part::Trail, "*", Gap::Absent)];
    }
    let gaps: Vec<Option<Gap>> = trails.iter().map(|trail| trail.gap(region)).collect();
    if gaps.contains(&None) {
        return Vec::new();
    }
    let told = trails.iter().zip(gaps);
    told.filter_map(|(trail, gap)| Some(Blind::new(Part::Trail, &trail.arn, gap?))).collect()
}

impl Trail {
    fn gap(&self, region: &str) -> Option<Gap> {
        if !self.is_multi_region && self.home_region != region {
            return Some(Gap::Elsewhere);
        }
        if !self.has_global_events {
            return Some(Gap::NoGlobalEvents);
        }
        match (&self.is_logging, &self.selectors) {
            (Ok(false), _) => Some(Gap::NotLogging),
            (Err(why), _) | (_, Err(why)) => Some(Gap::Unread(why.clone())),
            (Ok(true), Ok(selectors)) => (!selectors.take_all_writes_to_iam()).then_some(Gap::NoWrites),
        }
    }
}

impl Selectors {
    fn take_all_writes_to_iam(&self) -> bool {
        match self {
            Self::Default => true,
            Self::Basic(selectors) => selectors.iter().any(Selector::takes_writes_to_iam),
            Self::Advanced(selectors) => selectors
                .iter()
                .any(|fields| is_about_management(fields) && fields.iter().all(FieldSelector::takes)),
        }
    }
}

impl Selector {
    fn takes_writes_to_iam(&self) -> bool {
        let takes_writes = match self.read_write {
            ReadWrite::All | ReadWrite::Writes => true,
            ReadWrite::Others => false,
        };
        // Only KMS and the RDS Data API can be left out today; whatever else is left out is none of ours.
        self.has_management_events && takes_writes && !self.excluded.iter().any(|service| service == IAM)
    }
}

/// `eventCategory` is required; a selector without it is not understood.
fn is_about_management(fields: &[FieldSelector]) -> bool {
    fields.iter().any(|field| field.field == "eventCategory")
}

impl FieldSelector {
    /// Does it take every write to IAM? A condition on any other field may leave some out.
    fn takes(&self) -> bool {
        let value = match self.field.as_str() {
            "eventCategory" => "Management",
            "readOnly" => "false",
            "eventSource" => IAM,
            _ => return false,
        };
        let one_of = |given: &[String], is: fn(&str, &str) -> bool| {
            given.is_empty() || given.iter().any(|given| is(value, given))
        };
        let none_of =
            |given: &[String], is: fn(&str, &str) -> bool| !given.iter().any(|given| is(value, given));
        one_of(&self.equals, |value, given| value == given)
            && one_of(&self.starts_with, |value, given| value.starts_with(given))
            && one_of(&self.ends_with, |value, given| value.ends_with(given))
            && none_of(&self.not_equals, |value, given| value == given)
            && none_of(&self.not_starts_with, |value, given| value.starts_with(given))
            && none_of(&self.not_ends_with, |value, given| value.ends_with(given))
    }
}
