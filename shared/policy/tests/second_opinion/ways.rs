//! Ways to more permissions that everybody knows, each as requests; the evaluator says whether they are open.

use rescind_policy::{Request, analyse::grants::GrantFacts};

use crate::{facts::OWN, requests::unset};

type Way = &'static [(&'static str, &'static str)];

const ROLE: &str = "arn:aws:iam::111122223333:role/other";
const USER: &str = "arn:aws:iam::111122223333:user/other";
const GROUP: &str = "arn:aws:iam::111122223333:group/other";
const POLICY: &str = "arn:aws:iam::111122223333:policy/other";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:other";
const STACK: &str = "arn:aws:cloudformation:eu-west-1:111122223333:stack/other/1";
const INSTANCE: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/*";

const WAYS: &[Way] = &[
    &[("iam:CreatePolicyVersion", POLICY)],
    &[("iam:SetDefaultPolicyVersion", POLICY)],
    &[("iam:AttachRolePolicy", ROLE)],
    &[("iam:PutRolePolicy", ROLE)],
    &[("iam:UpdateAssumeRolePolicy", ROLE)],
    &[("iam:AttachUserPolicy", USER)],
    &[("iam:PutUserPolicy", USER)],
    &[("iam:CreateAccessKey", USER)],
    &[("iam:CreateLoginProfile", USER)],
    &[("iam:UpdateLoginProfile", USER)],
    &[("iam:AddUserToGroup", GROUP)],
    &[("iam:AttachGroupPolicy", GROUP)],
    &[("iam:PutGroupPolicy", GROUP)],
    &[("sts:AssumeRole", ROLE)],
    &[("lambda:UpdateFunctionCode", FUNCTION)],
    &[("cloudformation:UpdateStack", STACK)],
    &[("iam:PassRole", ROLE), ("ec2:RunInstances", INSTANCE)],
    &[("iam:PassRole", ROLE), ("cloudformation:CreateStack", STACK)],
    &[("iam:PassRole", ROLE), ("lambda:CreateFunction", FUNCTION), ("lambda:InvokeFunction", FUNCTION)],
];

/// A way that is open in the circumstances of the request, all of it in one session.
pub(crate) fn open(
    request: &Request,
    facts: &GrantFacts,
    may: &dyn Fn(&Request) -> bool,
) -> Option<Vec<&'static str>> {
    let allowed = |way: Way| {
        let further = way.last().map_or("", |(action, _)| action);
        way.iter().all(|(action, resource)| may(&step(request, facts, action, resource, further)))
    };
    let way = WAYS.iter().copied().find(|way| allowed(way))?;
    Some(way.iter().map(|(action, _)| *action).collect())
}

/// What only those may do who may do everything.
const EVERYTHING: &[(&str, &str)] = &[
    ("iam:CreateUser", USER),
    ("iam:PassRole", ROLE),
    ("iam:DeleteRolePolicy", ROLE),
    ("iam:CreatePolicy", POLICY),
    ("iam:GetRole", ROLE),
    ("s3:GetObject", "arn:aws:s3:::any/thing"),
    ("s3:DeleteBucket", "arn:aws:s3:::any"),
    ("ec2:RunInstances", INSTANCE),
    ("ec2:DescribeInstances", "*"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/any"),
    ("dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/any"),
    ("organizations:LeaveOrganization", "*"),
    ("sts:AssumeRole", ROLE),
    ("lambda:CreateFunction", FUNCTION),
    ("cloudformation:CreateStack", STACK),
    ("ssm:SendCommand", "arn:aws:ssm:eu-west-1:111122223333:document/other"),
    ("foo:Bar", "*"),
    ("zzz:Anything", "*"),
    ("zzz:Anything", "arn:aws:zzz:eu-west-1:111122223333:any"),
];

/// Whether everything is allowed in the circumstances of the request.
pub(crate) fn everything(request: &Request, facts: &GrantFacts, may: &dyn Fn(&Request) -> bool) -> bool {
    let every = EVERYTHING.iter().chain(WAYS.iter().copied().flatten());
    every.copied().all(|(action, resource)| may(&step(request, facts, action, resource, "ec2:RunInstances")))
}

/// One request of a way: the circumstances, and what an action of its kind carries.
fn step(request: &Request, facts: &GrantFacts, action: &str, resource: &str, further: &str) -> Request {
    let mut step = request.clone();
    action.clone_into(&mut step.action);
    resource.clone_into(&mut step.resource);
    step.context.set("aws:ResourceAccount", [OWN]);
    unset(&mut step.context, "aws:ResourceOrgID");
    if let Some(id) = &facts.org_id {
        step.context.set("aws:ResourceOrgID", [id.as_str()]);
    }
    for key in
        ["iam:PassedToService", "iam:PolicyARN", "iam:PermissionsBoundary", "iam:AssociatedResourceArn"]
    {
        unset(&mut step.context, key);
    }
    if action == "iam:PassRole" {
        let service = further.split(':').next().unwrap_or_default();
        step.context.set("iam:PassedToService", [format!("{service}.amazonaws.com")]);
    }
    if action.starts_with("iam:Attach") {
        step.context.set("iam:PolicyARN", ["arn:aws:iam::aws:policy/AdministratorAccess"]);
    }
    step
}
