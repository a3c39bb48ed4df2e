//! The environment, read once when the process starts. Nothing else in rescind looks at it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use guardrails::Mode;
use remediation::Function;
use remediation::authority::InlineRepair;
use remediation::budget::Rate;

/// Where the settings layer puts the file.
const SETTINGS: &str = "/opt/settings.yaml";

/// What a function is told from outside. The template sets the `RESCIND_` variables, Lambda the others.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `RESCIND_MODE`: `monitor` or `enforce`, the cap on every mode of the settings.
    pub cap: Mode,
    /// `RESCIND_SETTINGS`: the settings file, when it is not the layer's.
    pub settings: PathBuf,
    /// `RESCIND_ACCOUNT`: the account, where the invoked function's ARN does not tell it.
    pub account: Option<String>,
    /// `RESCIND_INLINE_REPAIR`: `rewrite`, which is the default, or `delete`.
    pub inline_repair: InlineRepair,
    /// `RESCIND_IAM_CALLS_PER_SECOND`: what all functions together keep to; a number from 1 on.
    pub rate: Rate,
    /// `RESCIND_OWN_ROLES`: the roles of rescind's functions, `ARN=ID` each, with spaces between them.
    pub own_roles: Vec<String>,
    /// `RESCIND_BUS`: the event bus for what people must know; without it nothing is published.
    pub bus: Option<String>,
    /// `RESCIND_QUEUE`: the URL of the function's own queue.
    pub queue: Option<String>,
    /// `RESCIND_QUEUE_<FUNCTION>`: the URLs of the queues to hand over to.
    pub queues: BTreeMap<&'static str, String>,
    /// `RESCIND_WATCHED`: the rule and the queue of each function by name, `FUNCTION=RULE=QUEUE`, with spaces
    /// between them; for the sweep, which looks whether they are there.
    pub watched: Vec<WatchedNames>,
    /// `RESCIND_TABLE`: the DynamoDB table of the history; without it only the log has one.
    pub table: Option<String>,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ACCESS_KEY_ID` and its companions.
    pub credentials: Credentials,
    /// `AWS_ENDPOINT_URL`: another endpoint for every service.
    pub endpoint: Option<String>,
    /// `AWS_USE_FIPS_ENDPOINT`.
    pub fips: bool,
}

/// The rule and the queue of a function, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedNames {
    pub(crate) function: Function,
    pub(crate) rule: String,
    pub(crate) queue: String,
}

/// The credentials of the function's role. Lambda replaces the process before they expire.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) key_id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// The environment lacks something, or says something that is not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    /// The mode is a choice that nobody makes for the operator.
    #[error("`RESCIND_MODE` is `{0}`: set it to `monitor` or `enforce`")]
    Mode(String),
    /// Not a way to repair inline policies.
    #[error("`RESCIND_INLINE_REPAIR` is `{0}`: set it to `rewrite` or `delete`")]
    InlineRepair(String),
    /// Not a function with its rule and its queue.
    #[error("`RESCIND_WATCHED` holds `{0}`, which is not `FUNCTION=RULE=QUEUE`")]
    Watched(String),
    /// Not a rate.
    #[error("`RESCIND_IAM_CALLS_PER_SECOND` is `{0}`: set it to a whole number from 1 on")]
    Rate(String),
    /// No region.
    #[error("`AWS_REGION` is not set: IAM can't be called without a region")]
    Region,
    /// No credentials.
    #[error("`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are not set: IAM can't be called without them")]
    Credentials,
}

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// A missing region, a missing or unknown mode.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Result<Self, EnvironmentError> {
        Self::from(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    /// Reads what a person's command needs: region, credentials, endpoint.
    ///
    /// # Errors
    /// A missing region, missing credentials.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read_for_people() -> Result<Self, EnvironmentError> {
        Self::from(|name| match name {
            // What a person's command writes is not written by a mode.
            "RESCIND_MODE" => Some("monitor".to_owned()),
            _ => std::env::var(name).ok().filter(|value| !value.is_empty()),
        })
    }

    fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        Ok(Self {
            cap: mode(variable("RESCIND_MODE"))?,
            settings: variable("RESCIND_SETTINGS").unwrap_or_else(|| SETTINGS.to_owned()).into(),
            account: variable("RESCIND_ACCOUNT"),
            inline_repair: inline_repair(variable("RESCIND_INLINE_REPAIR"))?,
            rate: rate(variable("RESCIND_IAM_CALLS_PER_SECOND"))?,
            own_roles: variable("RESCIND_OWN_ROLES").map_or_else(Vec::new, |roles| words(&roles)),
            bus: variable("RESCIND_BUS"),
            queue: variable("RESCIND_QUEUE"),
            queues: queues(&variable),
            watched: watched(variable("RESCIND_WATCHED"))?,
            table: variable("RESCIND_TABLE"),
            region: variable("AWS_REGION").ok_or(EnvironmentError::Region)?,
            credentials: credentials(&variable).ok_or(EnvironmentError::Credentials)?,
            endpoint: variable("AWS_ENDPOINT_URL"),
            fips: variable("AWS_USE_FIPS_ENDPOINT").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        })
    }
}

fn mode(given: Option<String>) -> Result<Mode, EnvironmentError> {
    match given.as_deref() {
        Some("monitor") => Ok(Mode::Monitor),
        Some("enforce") => Ok(Mode::Enforce),
        other => Err(EnvironmentError::Mode(other.unwrap_or_default().to_owned())),
    }
}

fn inline_repair(given: Option<String>) -> Result<InlineRepair, EnvironmentError> {
    match given.as_deref() {
        None | Some("rewrite") => Ok(InlineRepair::Rewrite),
        Some("delete") => Ok(InlineRepair::Delete),
        Some(other) => Err(EnvironmentError::InlineRepair(other.to_owned())),
    }
}

fn watched(given: Option<String>) -> Result<Vec<WatchedNames>, EnvironmentError> {
    let read = |text: &String| {
        let (name, resources) = text.split_once('=')?;
        let (rule, queue) = resources.split_once('=')?;
        let function = Function::ALL.into_iter().find(|function| function.name() == name)?;
        Some(WatchedNames { function, rule: rule.to_owned(), queue: queue.to_owned() })
    };
    let texts = given.map_or_else(Vec::new, |given| words(&given));
    texts.iter().map(|text| read(text).ok_or_else(|| EnvironmentError::Watched(text.clone()))).collect()
}

fn rate(given: Option<String>) -> Result<Rate, EnvironmentError> {
    let Some(given) = given else { return Ok(Rate::default()) };
    given.parse().map(Rate::per_second).map_err(|_| EnvironmentError::Rate(given))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn credentials(variable: &impl Fn(&str) -> Option<String>) -> Option<Credentials> {
    Some(Credentials {
        key_id: variable("AWS_ACCESS_KEY_ID")?,
        secret: variable("AWS_SECRET_ACCESS_KEY")?,
        token: variable("AWS_SESSION_TOKEN"),
    })
}

fn queues(variable: &impl Fn(&str) -> Option<String>) -> BTreeMap<&'static str, String> {
    let url = |function: Function| Some((function.name(), variable(&queue_variable(function))?));
    Function::ALL.into_iter().filter_map(url).collect()
}

/// `RESCIND_QUEUE_PUT_ROLE_POLICY` for `put-role-policy`.
fn queue_variable(function: Function) -> String {
    format!("RESCIND_QUEUE_{}", function.name().replace('-', "_").to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
        let known: BTreeMap<_, _> = variables.iter().copied().collect();
        Environment::from(|name| known.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn the_mode_is_never_guessed() {
        for given in [None, Some("on"), Some("Enforce")] {
            let variables: Vec<_> = given.map(|mode| ("RESCIND_MODE", mode)).into_iter().collect();
            assert_eq!(
                environment(&variables).unwrap_err(),
                EnvironmentError::Mode(given.unwrap_or_default().to_owned())
            );
        }
        assert_eq!(environment(&[("RESCIND_MODE", "monitor")]).unwrap_err(), EnvironmentError::Region);
    }

    #[test]
    fn a_rate_is_a_number_or_refused() {
        assert_eq!(rate(None), Ok(Rate::default()));
        assert_eq!(rate(Some("10".to_owned())), Ok(Rate::default()));
        for given in ["0", "-1", "2.5", "many"] {
            assert_eq!(rate(Some(given.to_owned())), Err(EnvironmentError::Rate(given.to_owned())));
        }
    }

    #[test]
    fn queues_are_named_after_the_function_that_reads_them() {
        let environment = environment(&[
            ("RESCIND_MODE", "enforce"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
            ("RESCIND_QUEUE_PUT_ROLE_POLICY", "https://queue"),
        ]);
        let queues = environment.unwrap().queues;
        assert_eq!(queues.into_iter().collect::<Vec<_>>(), [("put-role-policy", "https://queue".to_owned())]);
    }

    #[test]
    fn what_is_watched_goes_by_name() {
        let read = |text: &str| watched(Some(text.to_owned()));
        let found = read("sweep=rescind-SweepRule=rescind-SweepQueue\n  create-role=a=b").unwrap();
        assert_eq!(found[0].function, Function::Sweep);
        assert_eq!((found[0].queue.as_str(), found[1].rule.as_str()), ("rescind-SweepQueue", "a"));
        for wrong in ["sweep=rule", "sweeper=rule=queue"] {
            assert_eq!(read(wrong), Err(EnvironmentError::Watched(wrong.to_owned())));
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let credentials = Credentials { key_id: "AKIA".into(), secret: "hush".into(), token: None };
        assert!(!format!("{credentials:?}").contains("hush"));
    }
}
