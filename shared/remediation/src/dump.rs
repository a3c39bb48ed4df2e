//! Reads what `aws iam get-account-authorization-details` prints: a whole account.
//!
//! The answer may come in pages: documents one after the other, a list of them, or several files. Policy
//! documents are objects, as the AWS CLI prints them, or URL-encoded text, as the API sends them. An object is
//! kept to the byte, so that places and repeated keys survive. One entry that can't be understood costs no
//! other.

mod account;
mod detail;
mod document;
mod gaps;

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use account::{AccountError, Snapshot, UserPolicies};
pub use detail::{
    Attached, Boundary, GroupDetail, InlinePolicy, ManagedDetail, RoleDetail, UserDetail, Version,
};
pub use document::{DocumentError, PolicyText};

/// So many entries are not worth a thread of their own.
const FEW: usize = 200;

/// A whole account, or several. It borrows the texts it was read from.
#[derive(Debug, Default)]
pub struct Dump<'a> {
    /// The roles, in their order.
    pub roles: Vec<Entry<'a, RoleDetail<'a>>>,
    /// The users.
    pub users: Vec<Entry<'a, UserDetail<'a>>>,
    /// The groups.
    pub groups: Vec<Entry<'a, GroupDetail<'a>>>,
    /// The managed policies that could be understood, by ARN.
    pub policies: BTreeMap<String, ManagedDetail<'a>>,
    /// The managed policies that could not.
    pub unread_policies: Vec<Unread>,
    /// How each page ended.
    ends: Vec<gaps::PageEnd>,
}

/// An entry of a list, and where it stands.
#[derive(Debug)]
pub struct Entry<'a, T> {
    /// The entry as it is written.
    pub text: &'a str,
    /// What it says.
    pub detail: Result<T, Unread>,
}

/// An entry that can't be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` can't be read: {why}")]
pub struct Unread {
    /// The ARN of the entry, or its name, or its place in the list.
    pub name: String,
    /// What is wrong with it.
    pub why: String,
}

/// A text that is no dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// Not the JSON of that answer.
    #[error("not an answer of `aws iam get-account-authorization-details`: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but none of the lists of that answer.
    #[error(
        "not an answer of `aws iam get-account-authorization-details`: it has no `RoleDetailList`, \
         `UserDetailList`, `GroupDetailList` or `Policies`"
    )]
    NoList,
    /// Nothing in it tells the account.
    #[error("the dump holds no role, so it does not tell which account it is of")]
    NoRole,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    role_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    user_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    group_detail_list: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    is_truncated: Option<&'a RawValue>,
    #[serde(borrow)]
    marker: Option<&'a RawValue>,
    #[serde(borrow)]
    next_token: Option<&'a RawValue>,
}

impl<'a> Dump<'a> {
    /// Adds all pages of a text.
    ///
    /// # Errors
    /// The text is not JSON all through, or a page has none of the lists of that answer.
    pub fn add(&mut self, text: &'a str) -> Result<(), DumpError> {
        if text.trim_start().starts_with('[') {
            let pages: Vec<Page<'a>> = serde_json::from_str(text)?;
            return pages.into_iter().try_for_each(|page| self.add_page(page));
        }
        let mut pages = serde_json::Deserializer::from_str(text).into_iter::<Page<'a>>().peekable();
        if pages.peek().is_none() {
            return Err(DumpError::NoList);
        }
        pages.try_for_each(|page| self.add_page(page?))
    }

    fn add_page(&mut self, page: Page<'a>) -> Result<(), DumpError> {
        let more = page.says_that_more_follow();
        let Page { role_detail_list, user_detail_list, group_detail_list, policies, .. } = page;
        let lists = [&role_detail_list, &user_detail_list, &group_detail_list, &policies];
        if lists.iter().all(|list| list.is_none()) {
            return Err(DumpError::NoList);
        }
        let (roles, users) = (self.roles.len(), self.users.len());
        let mut arns: Vec<String> = Vec::new();
        extend(&mut self.roles, role_detail_list, "role");
        extend(&mut self.users, user_detail_list, "user");
        extend(&mut self.groups, group_detail_list, "group");
        for policy in entries::<ManagedDetail<'a>>(&policies.unwrap_or_default(), "policy", 0) {
            match policy.detail {
                Ok(policy) => {
                    arns.push(policy.arn.to_string());
                    self.policies.insert(policy.arn.to_string(), policy);
                }
                Err(unread) => self.unread_policies.push(unread),
            }
        }
        let roles = self.roles.iter().skip(roles).filter_map(|role| role.detail.as_ref().ok());
        arns.extend(roles.map(|role| role.arn.to_string()));
        let users = self.users.iter().skip(users).filter_map(|user| user.detail.as_ref().ok());
        arns.extend(users.map(|user| user.arn.to_string()));
        self.ends.push(gaps::PageEnd::new(more, &arns));
        Ok(())
    }
}

fn extend<'a, T: Deserialize<'a> + Send>(
    known: &mut Vec<Entry<'a, T>>,
    list: Option<Vec<&'a RawValue>>,
    what: &str,
) {
    let more = entries(&list.unwrap_or_default(), what, known.len());
    known.extend(more);
}

/// Reads the entries of a list, on all processors. The first one has the place `first`.
fn entries<'a, T: Deserialize<'a> + Send>(
    list: &[&'a RawValue],
    what: &str,
    first: usize,
) -> Vec<Entry<'a, T>> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let length = list.len().div_ceil(processors).max(FEW);
    let read = |(part, raws): (usize, &[&'a RawValue])| {
        let places = (first + part * length)..;
        raws.iter().zip(places).map(|(raw, place)| entry(raw, what, place)).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let parts = list.chunks(length).enumerate();
        let workers: Vec<_> = parts.map(|part| scope.spawn(move || read(part))).collect();
        let parts =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
        parts.flatten().collect()
    })
}

fn entry<'a, T: Deserialize<'a>>(raw: &'a RawValue, what: &str, index: usize) -> Entry<'a, T> {
    let detail = serde_json::from_str(raw.get()).map_err(|error| Unread {
        name: name(raw).unwrap_or_else(|| format!("{what} {} of the list", index + 1)),
        why: error.to_string(),
    });
    Entry { text: raw.get(), detail }
}

/// What an entry calls itself, if it says so in spite of everything.
fn name(raw: &RawValue) -> Option<String> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    let text = |field: &str| read::<String>(fields.get(field)?);
    ["Arn", "RoleName", "UserName", "GroupName", "PolicyName"].iter().find_map(|field| text(field))
}

fn read<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

#[cfg(test)]
mod tests;
