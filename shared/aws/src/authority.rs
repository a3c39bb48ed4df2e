//! Who may do what: each function with the ports it is handed, and the IAM actions that these need.
//!
//! A port that a function is not handed is not linked into its binary. The template's policies are compared
//! with [`actions`] in a test.

use remediation::Function;
use remediation::authority::{InlineOnly, Read, TrustOnly, Write};
use remediation::ports::ListRoles;

use crate::iam::{FullPages, FullReader, InlineWriter, RoleReader, TrustPages, TrustWriter};

/// A function with its authority.
pub trait Authority {
    /// The function.
    const FUNCTION: Function;
    /// What it may read of a role.
    type Read: Read + Send;
    /// How it sees all roles.
    type Roles: ListRoles + Send;
    /// What it may write.
    type Write: Write + Send;

    /// Its ports, over one client.
    fn ports(client: &aws_sdk_iam::Client) -> (Self::Read, Self::Roles, Self::Write);
}

/// `create-role`: reads roles, writes trust policies.
#[derive(Clone, Copy, Debug)]
pub struct CreateRole;

/// `update-assume-role-policy`: reads roles, writes trust policies.
#[derive(Clone, Copy, Debug)]
pub struct UpdateAssumeRolePolicy;

/// `put-role-policy`: reads roles with their permissions, writes inline policies.
#[derive(Clone, Copy, Debug)]
pub struct PutRolePolicy;

/// The IAM actions of a function, sorted; empty for one that this release does not have.
#[must_use]
pub fn actions(function: Function) -> Vec<&'static str> {
    let ports: &[&[&str]] = match function {
        Function::CreateRole | Function::UpdateAssumeRolePolicy => {
            &[RoleReader::ACTIONS, TrustPages::ACTIONS, TrustWriter::ACTIONS]
        }
        Function::PutRolePolicy => &[FullReader::ACTIONS, FullPages::ACTIONS, InlineWriter::ACTIONS],
        Function::AttachRolePolicy
        | Function::ChangePolicyVersion
        | Function::ChangePermissionsBoundary
        | Function::UpdateRole
        | Function::Sweep => &[],
    };
    let mut actions: Vec<_> = ports.concat();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// The functions that this one hands roles over to.
#[must_use]
pub fn hands_over_to(function: Function) -> &'static [Function] {
    match function {
        Function::CreateRole | Function::UpdateAssumeRolePolicy => &[Function::PutRolePolicy],
        Function::PutRolePolicy
        | Function::AttachRolePolicy
        | Function::ChangePolicyVersion
        | Function::ChangePermissionsBoundary
        | Function::UpdateRole
        | Function::Sweep => &[],
    }
}

type TrustPorts = (TrustOnly<RoleReader>, TrustPages, TrustOnly<TrustWriter>);

fn trust_ports(client: &aws_sdk_iam::Client) -> TrustPorts {
    let reader = TrustOnly(RoleReader::new(client.clone()));
    (reader, TrustPages::new(client.clone()), TrustOnly(TrustWriter::new(client.clone())))
}

impl Authority for CreateRole {
    const FUNCTION: Function = Function::CreateRole;
    type Read = TrustOnly<RoleReader>;
    type Roles = TrustPages;
    type Write = TrustOnly<TrustWriter>;

    fn ports(client: &aws_sdk_iam::Client) -> TrustPorts {
        trust_ports(client)
    }
}

impl Authority for UpdateAssumeRolePolicy {
    const FUNCTION: Function = Function::UpdateAssumeRolePolicy;
    type Read = TrustOnly<RoleReader>;
    type Roles = TrustPages;
    type Write = TrustOnly<TrustWriter>;

    fn ports(client: &aws_sdk_iam::Client) -> TrustPorts {
        trust_ports(client)
    }
}

impl Authority for PutRolePolicy {
    const FUNCTION: Function = Function::PutRolePolicy;
    type Read = InlineOnly<FullReader>;
    type Roles = FullPages;
    type Write = InlineOnly<InlineWriter>;

    fn ports(client: &aws_sdk_iam::Client) -> (Self::Read, Self::Roles, Self::Write) {
        let reader = InlineOnly(FullReader::new(client.clone()));
        (reader, FullPages::new(client.clone()), InlineOnly(InlineWriter::new(client.clone())))
    }
}
