//! What has to be known before the first event: settings, account, own roles. Nothing is guessed; as long as
//! something is missing, every invocation is answered with what it is.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use guardrails::{Account, AccountId, RoleArn, RoleId, Settings, SettingsError};
use remediation::pass::{Context, Instance, OwnRole, Patience};

use crate::adapters::Adapters;
use crate::authority::Authority;
use crate::environment::{Environment, EnvironmentError};

/// A function that is ready for events.
pub(crate) struct Setup<A: Authority> {
    pub(crate) adapters: Adapters<A>,
    pub(crate) instance: Instance,
    environment: Arc<Environment>,
    settings: Settings,
    own_roles: Vec<OwnRole>,
    context: OnceLock<Result<Context, SetupError>>,
}

/// Why a function is not ready.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum SetupError {
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    #[error(
        "the settings file `{path}` can't be read: {why}; it comes with the settings layer, and `RESCIND_SETTINGS` names another"
    )]
    NoSettings { path: PathBuf, why: String },
    #[error("`{path}`: {error}")]
    Settings { path: PathBuf, error: SettingsError },
    #[error("`{0}` tells no account: set `RESCIND_ACCOUNT` to 12 digits")]
    NoAccount(String),
    #[error("`RESCIND_OWN_ROLES` holds `{0}`, which is not `ARN=ID`")]
    OwnRole(String),
}

impl<A: Authority> Setup<A> {
    pub(crate) fn new() -> Result<Self, SetupError> {
        let environment = Arc::new(Environment::read()?);
        let path = &environment.settings;
        let text = std::fs::read_to_string(path)
            .map_err(|error| SetupError::NoSettings { path: path.clone(), why: error.to_string() })?;
        let beside = |file: &str| {
            std::fs::read_to_string(path.with_file_name(file)).map_err(|error| error.to_string())
        };
        let settings = Settings::read_with_files(&text, &beside)
            .map_err(|error| SetupError::Settings { path: path.clone(), error })?;
        Ok(Self {
            adapters: Adapters::new(environment.clone()),
            instance: Instance::new(environment.rate),
            own_roles: environment.own_roles.iter().map(|text| own_role(text)).collect::<Result<_, _>>()?,
            settings,
            environment,
            context: OnceLock::new(),
        })
    }

    /// What holds for every pass. The account comes from the ARN of the invoked function, which is the same
    /// for as long as the process lives.
    pub(crate) fn context(&self, function_arn: &str) -> Result<&Context, SetupError> {
        self.context.get_or_init(|| self.resolve(function_arn)).as_ref().map_err(Clone::clone)
    }

    fn resolve(&self, function_arn: &str) -> Result<Context, SetupError> {
        let account = account(self.environment.account.as_deref(), function_arn)?;
        let rules = self
            .settings
            .rules(&account, self.environment.cap)
            .map_err(|error| SetupError::Settings { path: self.environment.settings.clone(), error })?;
        Ok(Context {
            function: A::FUNCTION,
            rules,
            own_roles: self.own_roles.clone(),
            patience: Patience::default(),
        })
    }
}

/// `arn:PARTITION:lambda:REGION:ACCOUNT:function:NAME`; what `RESCIND_ACCOUNT` says stands before it.
fn account(given: Option<&str>, function_arn: &str) -> Result<Account, SetupError> {
    let parts: Vec<_> = function_arn.split(':').collect();
    let id = given.or(parts.get(4).copied()).unwrap_or_default();
    let partition = parts.get(1).copied().filter(|partition| !partition.is_empty()).unwrap_or("aws");
    let id =
        AccountId::parse(id).map_err(|_| SetupError::NoAccount(given.unwrap_or(function_arn).to_owned()))?;
    Ok(Account { partition: partition.to_owned(), id })
}

/// `ARN=ID`. A role's name may hold `=`, its id can't.
fn own_role(text: &str) -> Result<OwnRole, SetupError> {
    let read = || {
        let (arn, id) = text.rsplit_once('=')?;
        Some(OwnRole { arn: RoleArn::parse(arn).ok()?, id: RoleId::parse(id).ok()? })
    };
    read().ok_or_else(|| SetupError::OwnRole(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_comes_from_the_invoked_function_unless_it_is_given() {
        let arn = "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:rescind";
        let found = account(None, arn).unwrap();
        assert_eq!((found.partition.as_str(), found.id.as_str()), ("aws-us-gov", "111122223333"));
        assert_eq!(account(Some("444455556666"), arn).unwrap().id.as_str(), "444455556666");
        assert!(account(None, "rescind").is_err());
        assert!(account(Some("4444"), arn).is_err());
    }

    #[test]
    fn own_roles_are_split_at_the_last_sign() {
        let role = own_role("arn:aws:iam::111122223333:role/a=b=AROA3AEW23DC76AD3735E").unwrap();
        assert_eq!(role.arn.name().as_str(), "a=b");
        assert!(own_role("arn:aws:iam::111122223333:role/a").is_err());
    }
}
