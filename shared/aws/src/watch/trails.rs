//! The trails that reach the region.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, EventSelector, ReadWriteType, Trail as SdkTrail,
};
use remediation::blind::{FieldSelector, Found, ReadWrite, Selector, Selectors, Trail};

use super::unread;

/// All trails of this region. Shadow trails are those of other regions that cover this one too, and those of the
/// organization.
pub(super) async fn all(client: &Client) -> Found<Vec<Trail>> {
    let answer = client.describe_trails().include_shadow_trails(true).send().await;
    let answer = answer.map_err(|error| unread("DescribeTrails", error))?;
    let mut trails = Vec::new();
    for found in answer.trail_list() {
        trails.push(trail(client, found).await);
    }
    Ok(trails)
}

/// A shadow trail, and in a member account that of the organization, must be named by its ARN (API reference,
/// `GetTrailStatus`).
async fn trail(client: &Client, found: &SdkTrail) -> Trail {
    let arn = found.trail_arn().unwrap_or_default();
    let status = client.get_trail_status().name(arn).send().await;
    let answer = client.get_event_selectors().trail_name(arn).send().await;
    let answer = answer.map_err(|error| unread("GetEventSelectors", error));
    let is_default = found.has_custom_event_selectors() == Some(false);
    Trail {
        arn: arn.to_owned(),
        home_region: found.home_region().unwrap_or_default().to_owned(),
        is_multi_region: found.is_multi_region_trail().unwrap_or_default(),
        has_global_events: found.include_global_service_events().unwrap_or_default(),
        is_logging: status
            .map(|status| status.is_logging().unwrap_or_default())
            .map_err(|error| unread("GetTrailStatus", error)),
        selectors: match answer {
            Ok(answer) if !is_default || has_any(&answer) => Ok(selectors(&answer)),
            Err(why) if !is_default => Err(why),
            // A member account may not ask for those of the organization's trail, but is told that there are none.
            Ok(_) | Err(_) => Ok(Selectors::Default),
        },
    }
}

fn has_any(answer: &GetEventSelectorsOutput) -> bool {
    !answer.event_selectors().is_empty() || !answer.advanced_event_selectors().is_empty()
}

/// A trail has selectors of one kind or of the other.
fn selectors(answer: &GetEventSelectorsOutput) -> Selectors {
    if answer.advanced_event_selectors().is_empty() {
        Selectors::Basic(answer.event_selectors().iter().map(basic).collect())
    } else {
        Selectors::Advanced(answer.advanced_event_selectors().iter().map(advanced).collect())
    }
}

/// What a selector does not say is as the API reference gives it (`EventSelector`): management events, all of them.
fn basic(selector: &EventSelector) -> Selector {
    Selector {
        has_management_events: selector.include_management_events().unwrap_or(true),
        read_write: match selector.read_write_type() {
            None | Some(ReadWriteType::All) => ReadWrite::All,
            Some(ReadWriteType::WriteOnly) => ReadWrite::Writes,
            Some(_) => ReadWrite::Others,
        },
        excluded: selector.exclude_management_event_sources().to_vec(),
    }
}

fn advanced(selector: &AdvancedEventSelector) -> Vec<FieldSelector> {
    selector.field_selectors().iter().map(field).collect()
}

fn field(selector: &AdvancedFieldSelector) -> FieldSelector {
    FieldSelector {
        field: selector.field().to_owned(),
        equals: selector.equals().to_vec(),
        starts_with: selector.starts_with().to_vec(),
        ends_with: selector.ends_with().to_vec(),
        not_equals: selector.not_equals().to_vec(),
        not_starts_with: selector.not_starts_with().to_vec(),
        not_ends_with: selector.not_ends_with().to_vec(),
    }
}
