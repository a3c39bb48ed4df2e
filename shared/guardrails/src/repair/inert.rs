//! A trust policy that lets nobody in: what is left of a trust in which nothing is safe. IAM wants a trust
//! policy to have a statement, so it cannot simply be emptied.

/// Denies everyone the three ways to assume a role.
pub(crate) const DENY_ALL: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindInert","Effect":"Deny","Principal":{"AWS":"*"},"#,
    r#""Action":["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]}]}"#
);

/// The form in reserve, should IAM refuse a trust policy without any `Allow`: the own account, under a
/// condition that no principal of any account meets.
pub(crate) fn allow_nobody(partition: &str, account: &str) -> String {
    format!(
        concat!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"RescindInert","Effect":"Allow","#,
            r#""Principal":{{"AWS":"arn:{}:iam::{}:root"}},"Action":"sts:AssumeRole","#,
            r#""Condition":{{"StringEquals":{{"aws:PrincipalAccount":"000000000000"}}}}}}]}}"#
        ),
        partition, account
    )
}
