//! What rescind lives on, as AWS shows it: trails, rules and queues. Only facts; `remediation::blind` decides.
//!
//! Only the sweep is handed this, so that no other function links the client of CloudTrail.

mod trails;

use aws_sdk_eventbridge::types::{RuleState, Target as SdkTarget};
use aws_sdk_sqs::types::QueueAttributeName;
use aws_smithy_types::error::display::DisplayErrorContext;
use remediation::LogText;
use remediation::blind::{Found, SeenRule, Surroundings, Target, Watched};
use remediation::ports::{Preconditions, Unwatched};

use crate::client::Clients;
use crate::environment::WatchedNames;

/// Looks at what rescind lives on, or does not.
pub trait Watcher {
    /// The actions that it needs, sorted.
    const ACTIONS: &'static [&'static str];

    /// Works through these clients.
    fn over(clients: Clients) -> Self;
}

impl Watcher for Unwatched {
    const ACTIONS: &'static [&'static str] = &[];

    fn over(_: Clients) -> Self {
        Self
    }
}

/// Looks at the trails of the region, and at the rules and queues that the environment names.
#[derive(Debug)]
pub struct Watch {
    clients: Clients,
}

impl Watcher for Watch {
    const ACTIONS: &'static [&'static str] = &[
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "events:DescribeRule",
        "events:ListTargetsByRule",
        "sqs:GetQueueAttributes",
    ];

    fn over(clients: Clients) -> Self {
        Self { clients }
    }
}

impl Preconditions for Watch {
    /// `None` where the environment names nothing to look at: on a developer's machine.
    async fn surroundings(&self) -> Option<Surroundings> {
        let environment = self.clients.environment();
        if environment.watched.is_empty() {
            return None;
        }
        let mut functions = Vec::new();
        for names in &environment.watched {
            functions.push(self.watched(names).await);
        }
        let trails = trails::all(&self.clients.cloud_trail()).await;
        Some(Surroundings { region: environment.region.clone(), trails, functions })
    }
}

impl Watch {
    async fn watched(&self, names: &WatchedNames) -> Watched {
        Watched {
            function: names.function,
            rule_name: names.rule.clone(),
            rule: self.rule(&names.rule).await,
            queue_name: names.queue.clone(),
            queue: self.queue(&names.queue).await,
        }
    }

    async fn rule(&self, name: &str) -> Found<Option<SeenRule>> {
        let client = self.clients.event_bridge();
        let rule = match client.describe_rule().name(name).send().await {
            Ok(rule) => rule,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_resource_not_found_exception()) => {
                return Ok(None);
            }
            Err(error) => return Err(unread("DescribeRule", error)),
        };
        let targets = client.list_targets_by_rule().rule(name).send().await;
        let targets = targets.map_err(|error| unread("ListTargetsByRule", error))?;
        Ok(Some(SeenRule {
            is_enabled: rule.state().is_some_and(is_enabled),
            pattern: rule.event_pattern().unwrap_or_default().to_owned(),
            targets: targets.targets().iter().map(target).collect(),
        }))
    }

    /// The ARN of the queue of this name beside the function's own.
    async fn queue(&self, name: &str) -> Found<Option<String>> {
        let own = self.clients.environment().queue.as_deref().and_then(|own| own.rsplit_once('/'));
        let Some((beside, _)) = own else {
            return Err(LogText::new("`RESCIND_QUEUE` is not set, so no queue can be found"));
        };
        let attribute = QueueAttributeName::QueueArn;
        let call = self.clients.sqs().get_queue_attributes().queue_url(format!("{beside}/{name}"));
        match call.attribute_names(attribute.clone()).send().await {
            Ok(answer) => Ok(answer.attributes().and_then(|all| all.get(&attribute)).cloned()),
            Err(error) if error.as_service_error().is_some_and(|e| e.is_queue_does_not_exist()) => Ok(None),
            Err(error) => Err(unread("GetQueueAttributes", error)),
        }
    }
}

/// The second state also takes calls that only read.
fn is_enabled(state: &RuleState) -> bool {
    matches!(state, RuleState::Enabled | RuleState::EnabledWithAllCloudtrailManagementEvents)
}

fn target(target: &SdkTarget) -> Target {
    let is_altered =
        target.input().is_some() || target.input_path().is_some() || target.input_transformer().is_some();
    Target { arn: target.arn().to_owned(), is_altered }
}

fn unread(call: &str, error: impl std::error::Error) -> LogText {
    LogText::new(&format!("`{call}` failed: {}", DisplayErrorContext(error)))
}
