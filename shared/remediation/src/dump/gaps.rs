//! What a dump lacks: pages that were not fetched, and roles that were filtered out.

use std::collections::BTreeSet;

use super::{Dump, Page, RoleDetail};

/// How a page ended.
#[derive(Debug)]
pub(super) struct PageEnd {
    /// The page says that another one follows.
    more: bool,
    /// The account it is of, if anything in it tells.
    account: Option<String>,
}

impl PageEnd {
    pub(super) fn new(more: bool, arns: &[String]) -> Self {
        let account = |arn: &String| arn.split(':').nth(4).filter(|id| id.len() == 12).map(str::to_owned);
        Self { more, account: arns.iter().find_map(account) }
    }

    /// Whether this page may be the last of those that the other one begins.
    fn may_end(&self, other: &Self) -> bool {
        let is_same = match (&self.account, &other.account) {
            (Some(own), Some(others)) => own == others,
            (None, _) | (_, None) => true,
        };
        !self.more && is_same
    }
}

impl Page<'_> {
    /// IAM says so by `IsTruncated` and `Marker`, the AWS CLI by `NextToken`.
    pub(super) fn says_that_more_follow(&self) -> bool {
        let says = [self.is_truncated, self.marker, self.next_token];
        says.into_iter().flatten().any(|said| !matches!(said.get(), "false" | "null" | "\"false\"" | "\"\""))
    }
}

impl Dump<'_> {
    /// Whether pages are missing, a sentence.
    #[must_use]
    pub fn missing_pages(&self) -> Option<String> {
        let is_open = |page: &PageEnd| page.more && !self.ends.iter().any(|end| end.may_end(page));
        let open = self.ends.iter().find(|page| is_open(page))?;
        let of = open.account.as_ref().map(|account| format!(" of account `{account}`")).unwrap_or_default();
        Some(format!(
            "the dump{of} is incomplete: a page says that more follow (`IsTruncated`, `Marker` or `NextToken`), and \
             the last page is missing; give all pages, or leave out `--max-items` and `--no-paginate`"
        ))
    }

    /// Whether there is no role at all, a sentence: every account has some, so they were filtered out.
    #[must_use]
    pub fn missing_roles(&self) -> Option<String> {
        self.roles.is_empty().then(|| {
            "the dump is incomplete: it holds no role; `--filter Role LocalManagedPolicy AWSManagedPolicy` brings \
             roles and their policies"
                .to_owned()
        })
    }

    /// What is missing of the policies of these roles, a sentence each.
    #[must_use]
    pub fn missing_policies(&self, is_asked_about: impl Fn(&RoleDetail<'_>) -> bool) -> Vec<String> {
        let roles = self.roles.iter().filter_map(|role| role.detail.as_ref().ok());
        let roles: Vec<&RoleDetail<'_>> = roles.filter(|role| is_asked_about(role)).collect();
        let arns: BTreeSet<&str> = roles.iter().flat_map(|role| role.managed_policies()).collect();
        let absent: Vec<&str> = arns.into_iter().filter(|arn| !self.policies.contains_key(*arn)).collect();
        let unlisted = roles.iter().filter(|role| !role.lists_policies()).count();
        let documents = absent.first().map(|first| {
            format!(
                "the dump is incomplete: it lacks managed policies that roles have ({} of them), such as `{first}`; \
                 `--filter Role LocalManagedPolicy AWSManagedPolicy` brings them",
                absent.len()
            )
        });
        let lists = (unlisted > 0).then(|| {
            format!(
                "the dump is incomplete: it lists neither inline nor attached policies of roles ({unlisted} of them); \
                 `aws iam get-account-authorization-details` does"
            )
        });
        documents.into_iter().chain(lists).collect()
    }

    /// What is missing of the account: pages and roles.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        [self.missing_pages(), self.missing_roles()].into_iter().flatten().collect()
    }
}
