//! Data exposure: to read data, or to hand it to others, anywhere.
//!
//! A role that reads the one bucket its policy names is no finding; a role that can read a bucket that nobody
//! named is. So the question is asked of resources that no policy can have meant.

use policy::Document;

use crate::rules::Account;

/// Allows exactly what exposes data that no policy of this account can have meant.
pub(super) fn unnamed(account: &Account) -> Option<Document> {
    let text =
        UNNAMED_DATA.replace("${account}", account.id.as_str()).replace("${partition}", &account.partition);
    Document::read(text).ok()
}

/// The actions: those that read what others stored, and those that open it to other accounts by a resource
/// policy or a share.
const UNNAMED_DATA: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Action": "s3:GetObject",
     "Resource": "arn:${partition}:s3:::rescind-unnamed-bucket/unnamed-object"},
    {"Effect": "Allow", "Action": ["s3:PutBucketPolicy", "s3:PutBucketAcl"],
     "Resource": "arn:${partition}:s3:::rescind-unnamed-bucket"},
    {"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"],
     "Resource": "arn:${partition}:secretsmanager:*:${account}:secret:rescind-unnamed"},
    {"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"],
     "Resource": "arn:${partition}:ssm:*:${account}:parameter/rescind-unnamed"},
    {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:PutKeyPolicy", "kms:CreateGrant"],
     "Resource": "arn:${partition}:kms:*:${account}:key/00000000-0000-0000-0000-000000000000"},
    {"Effect": "Allow", "Action": ["dynamodb:Scan", "dynamodb:Query"],
     "Resource": "arn:${partition}:dynamodb:*:${account}:table/rescind-unnamed"},
    {"Effect": "Allow", "Action": "ec2:ModifySnapshotAttribute",
     "Resource": "arn:${partition}:ec2:*::snapshot/snap-${account}00000"},
    {"Effect": "Allow", "Action": "rds:ModifyDBSnapshotAttribute",
     "Resource": "arn:${partition}:rds:*:${account}:snapshot:rescind-unnamed"},
    {"Effect": "Allow", "Action": "lambda:AddPermission",
     "Resource": "arn:${partition}:lambda:*:${account}:function:rescind-unnamed"},
    {"Effect": "Allow", "Action": "sqs:SetQueueAttributes",
     "Resource": "arn:${partition}:sqs:*:${account}:rescind-unnamed"},
    {"Effect": "Allow", "Action": "sns:SetTopicAttributes",
     "Resource": "arn:${partition}:sns:*:${account}:rescind-unnamed"},
    {"Effect": "Allow", "Action": "ecr:SetRepositoryPolicy",
     "Resource": "arn:${partition}:ecr:*:${account}:repository/rescind-unnamed"}
  ]
}"#;
