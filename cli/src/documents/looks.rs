//! What a text that is no policy looks like, and what takes it.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::cases::similar;
use crate::quote::quoted;

/// What a text looks like that neither is nor wraps a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Nothing but white space.
    Empty,
    /// `{}`
    EmptyObject,
    /// A policy whose `Statement` is spelled otherwise.
    Misspelt {
        /// How.
        as_: String,
    },
    /// A statement, or a list of them, without a policy around it.
    Statement,
    /// A dump of an account.
    Dump,
    /// An answer of AWS that names policies and does not show them.
    NamesOnly,
    /// An answer of AWS about roles, without any.
    NoRole,
    /// An event as EventBridge delivers it.
    Event,
    /// Records of CloudTrail, in a log file or an answer.
    Records,
    /// What AWS Config keeps of a resource.
    ConfigItem,
    /// `terraform show -json` of a plan.
    TerraformPlan,
    /// The state of Terraform.
    TerraformState,
    /// Terraform's own language, or its JSON form.
    TerraformCode,
    /// A template of CloudFormation, SAM or the CDK.
    Template,
    /// Settings of rescind.
    Settings,
    /// Cases for `rescind test`.
    Cases,
    /// A policy in YAML.
    YamlPolicy,
    /// Any other YAML.
    Yaml,
    /// XML or HTML.
    Markup,
}

impl Looks {
    /// Whether a policy was meant, so that it can be said what is wrong with it.
    pub(crate) fn is_meant_as_policy(&self) -> bool {
        match self {
            Self::Empty | Self::EmptyObject | Self::Misspelt { .. } | Self::Statement => true,
            Self::Dump
            | Self::NamesOnly
            | Self::NoRole
            | Self::Event
            | Self::Records
            | Self::ConfigItem
            | Self::TerraformPlan
            | Self::TerraformState
            | Self::TerraformCode
            | Self::Template
            | Self::Settings
            | Self::Cases
            | Self::YamlPolicy
            | Self::Yaml
            | Self::Markup => false,
        }
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::EmptyObject => "it is an empty object: a policy has a `Statement`",
            Self::Misspelt { as_ } => {
                return write!(f, "it has no `Statement`, but {}: write `Statement`", quoted(as_));
            }
            Self::Statement => {
                "it is a statement without a policy around it: write \
                 {\"Version\": \"2012-10-17\", \"Statement\": [...]}"
            }
            Self::Dump => {
                "it looks like the output of `aws iam get-account-authorization-details`, which `rescind scan` takes"
            }
            Self::NamesOnly => {
                "it names policies and shows none: `aws iam get-policy-version` and `aws iam get-role-policy` print \
                 a policy, and `rescind` takes what they print"
            }
            Self::NoRole => "it looks like the output of `aws iam list-roles`, and holds no role that can be read",
            Self::Event => "it looks like an event as EventBridge delivers it, which `rescind replay` takes",
            Self::Records => {
                "it looks like records of CloudTrail, which no command takes: `rescind replay` takes events as \
                 EventBridge delivers them, and `rescind check` a policy document"
            }
            Self::ConfigItem => {
                "it looks like an item of AWS Config, which no command takes: give the policy inside it as a file \
                 of its own"
            }
            Self::TerraformPlan => {
                "it looks like a Terraform plan, which no command takes: give a policy inside it, such as the value \
                 of `assume_role_policy`, as a file of its own"
            }
            Self::TerraformState => {
                "it looks like a Terraform state, which no command takes: give a policy inside it, such as the \
                 value of `assume_role_policy`, as a file of its own"
            }
            Self::TerraformCode => {
                "it looks like Terraform code, which no command takes: give the policy that it renders as JSON"
            }
            Self::Template => {
                "it looks like a template of CloudFormation, SAM or the CDK, which no command takes: give a policy \
                 inside it, such as `AssumeRolePolicyDocument`, as a JSON file of its own"
            }
            Self::Settings => "it looks like settings of rescind, which `rescind settings check` takes",
            Self::Cases => "it looks like cases, which `rescind test` and `rescind explain` take",
            Self::YamlPolicy => "it looks like a policy in YAML: write it as JSON, as IAM does",
            Self::Yaml => "it looks like YAML: a policy is JSON",
            Self::Markup => "it looks like XML or HTML: a policy is JSON",
        })
    }
}

/// What the text looks like; `None` if like nothing known.
pub(crate) fn looks(text: &str) -> Option<Looks> {
    let start = text.trim_start();
    match start.chars().next() {
        None => Some(Looks::Empty),
        Some('{' | '[') => match serde_json::from_str::<Value>(text) {
            Ok(value) => json(&value),
            Err(_) => pages(text),
        },
        Some('<') => Some(Looks::Markup),
        Some(_) => lines(text),
    }
}

/// Of several JSON values, one after the other, the first.
fn pages(text: &str) -> Option<Looks> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    json(&values.next()?.ok()?)
}

fn json(value: &Value) -> Option<Looks> {
    match value {
        Value::Array(entries) => entries.first().filter(|first| first.is_object()).and_then(json),
        Value::Object(members) if members.is_empty() => Some(Looks::EmptyObject),
        Value::Object(members) => object(value, &members.iter().map(|(k, v)| (k.as_str(), v)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn object(value: &Value, members: &BTreeMap<&str, &Value>) -> Option<Looks> {
    let has = |name: &str| members.contains_key(name);
    let any = |names: &[&str]| names.iter().any(|name| has(name));
    let looks = if any(&["RoleDetailList", "UserDetailList", "GroupDetailList"]) {
        Looks::Dump
    } else if any(&["planned_values", "resource_changes", "prior_state"]) {
        Looks::TerraformPlan
    } else if has("terraform_version") || (has("format_version") && has("values")) {
        Looks::TerraformState
    } else if members.get("resource").is_some_and(|resource| resource.is_object()) && !has("request") {
        Looks::TerraformCode
    } else if any(&["AWSTemplateFormatVersion", "TemplateBody"])
        || members.get("Resources").is_some_and(|resources| resources.is_object())
    {
        Looks::Template
    } else if any(&[
        "configurationItems",
        "configurationItem",
        "configurationItemStatus",
        "BaseConfigurationItems",
    ]) || (has("configuration") && has("resourceType"))
    {
        Looks::ConfigItem
    } else if has("detail-type") || value.pointer("/Records/0/body").is_some() {
        Looks::Event
    } else if any(&["Records", "eventSource"])
        || value.pointer("/Events/0/CloudTrailEvent").is_some()
        || value.pointer("/Events/0/EventSource").is_some()
    {
        Looks::Records
    } else if has("guardrails") {
        Looks::Settings
    } else if has("request") && has("policies") {
        Looks::Cases
    } else if has("Roles") || has("Role") {
        Looks::NoRole
    } else if any(&[
        "Policy",
        "Policies",
        "PolicyNames",
        "AttachedPolicies",
        "PolicyVersion",
        "Versions",
        "DefaultVersionId",
    ]) {
        Looks::NamesOnly
    } else if has("Effect") {
        Looks::Statement
    } else {
        let mut names =
            members.keys().filter(|name| **name != "Statement" && similar(name, &["Statement"]).is_some());
        Looks::Misspelt { as_: names.next()?.to_string() }
    };
    Some(looks)
}

/// What is no JSON, by its lines.
fn lines(text: &str) -> Option<Looks> {
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim_start().starts_with('#'));
    let begins = |words: &[&str]| lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    if begins(&["resource \"", "data \"", "module \"", "provider \"", "locals {", "terraform {"]) {
        return Some(Looks::TerraformCode);
    }
    let is_key = |line: &str| {
        line.trim_start_matches("- ").split_once(':').is_some_and(|(key, rest)| {
            !key.is_empty()
                && key.chars().all(|c| c.is_alphanumeric() || "_-\"'".contains(c))
                && (rest.is_empty() || rest.starts_with(' '))
        })
    };
    if !lines().find(|line| !line.is_empty() && *line != "---").is_some_and(is_key) {
        return None;
    }
    Some(if begins(&["Resources:", "AWSTemplateFormatVersion:", "Transform:"]) {
        Looks::Template
    } else if begins(&["guardrails:"]) {
        Looks::Settings
    } else if begins(&["request:", "- request:", "  request:", "policies:", "  policies:"]) {
        Looks::Cases
    } else if begins(&["Statement:"]) {
        Looks::YamlPolicy
    } else {
        Looks::Yaml
    })
}
