//! The names under which services take a role: which of them exist differs by partition.

use crate::{
    Partition,
    analyse::words::{Class, Pattern, Token},
};

/// What every partition has: a service's name there ends like this, as the catalogue spells it.
const EVERYWHERE: &str = "amazonaws.com";

/// Services that have a name in each region besides the one for all regions, such as
/// `states.eu-west-1.amazonaws.com`. Source: AWS Step Functions Developer Guide, "Creating an IAM role for your state
/// machine"; AWS `CodeDeploy` User Guide, "Create a service role for `CodeDeploy`".
const REGIONAL: &[&str] = &["states", "codedeploy"];

/// What a region's name is made of.
const NAME: Class = Class::LOWER.and(Class::DIGIT).and(Class::DASH);

/// What a service's name ends with. Where no page says which of two names a partition uses, both count.
///
/// - China: `ec2.amazonaws.com.cn`, but `lambda.amazonaws.com`. Source: Getting Started with AWS in China, "AWS
///   Identity and Access Management"; Amazon EMR Management Guide, "Service role for Amazon EMR".
/// - `GovCloud`: as in the public regions. Source: AWS `GovCloud` (US) User Guide, "AWS Identity and Access Management".
/// - European Sovereign Cloud: IAM takes `ec2.amazonaws.com` and refuses `ec2.amazonaws.eu` (pulumi/pulumi-eks, issue
///   2341).
/// - Isolated partitions: the ending of their endpoints (botocore, `data/partitions.json`).
fn endings(partition: &Partition) -> &'static [&'static str] {
    match partition {
        Partition::Aws | Partition::UsGov => &[EVERYWHERE],
        Partition::China => &["amazonaws.com.cn", EVERYWHERE],
        Partition::Other(name) => match &**name {
            "aws-iso" => &["c2s.ic.gov", EVERYWHERE],
            "aws-iso-b" => &["sc2s.sgov.gov", EVERYWHERE],
            "aws-iso-e" => &["cloud.adc-e.uk", EVERYWHERE],
            "aws-iso-f" => &["csp.hci.ic.gov", EVERYWHERE],
            _ => &[EVERYWHERE],
        },
    }
}

/// The service's name, without what it ends with.
fn stem(service: &str) -> &str {
    service.strip_suffix(EVERYWHERE).and_then(|stem| stem.strip_suffix('.')).unwrap_or(service)
}

/// All names of these services in the partition.
pub(super) fn names(services: &[&str], partition: &Partition) -> Pattern {
    let text = |text: &str| text.chars().map(Token::Literal).collect::<Vec<_>>();
    let mut names = Vec::new();
    for service in services.iter().map(|service| stem(service)) {
        for ending in endings(partition) {
            names.push(text(&format!("{service}.{ending}")));
            if REGIONAL.contains(&service) {
                let region = [Token::One(Class::LOWER), Token::Many(NAME)];
                names.push(
                    [&text(&format!("{service}."))[..], &region, &text(&format!(".{ending}"))].concat(),
                );
            }
        }
    }
    Pattern::union(names)
}

/// The name that the first of these services most likely has in the partition.
pub(super) fn name(services: &[&str], partition: &Partition) -> Option<String> {
    let service = services.iter().min()?;
    let ending = endings(partition).first()?;
    Some(format!("{}.{ending}", stem(service)))
}

#[cfg(test)]
mod tests {
    use super::{name, names};
    use crate::Partition;

    #[test]
    fn a_service_has_its_partitions_names() {
        let partitions = ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-eusc"];
        let texts = [
            "ec2.amazonaws.com",
            "ec2.amazonaws.com.cn",
            "ec2.c2s.ic.gov",
            "ec2.sc2s.sgov.gov",
            "ec2.amazonaws.eu",
            "ec2.eu-west-1.amazonaws.com",
            "states.eu-west-1.amazonaws.com",
            "states.cn-north-1.amazonaws.com.cn",
            "states..amazonaws.com",
            "states.a.b.amazonaws.com",
        ];
        let table: Vec<String> = partitions
            .into_iter()
            .map(|partition| {
                let known = names(
                    &["ec2.amazonaws.com", "states.amazonaws.com"],
                    &Partition::parse(partition).unwrap(),
                );
                let taken = texts.into_iter().filter(|text| known.matches(text)).collect::<Vec<_>>();
                format!("{partition}: {}", taken.join(" "))
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"), @"
        aws: ec2.amazonaws.com states.eu-west-1.amazonaws.com
        aws-cn: ec2.amazonaws.com ec2.amazonaws.com.cn states.eu-west-1.amazonaws.com states.cn-north-1.amazonaws.com.cn
        aws-us-gov: ec2.amazonaws.com states.eu-west-1.amazonaws.com
        aws-iso: ec2.amazonaws.com ec2.c2s.ic.gov states.eu-west-1.amazonaws.com
        aws-iso-b: ec2.amazonaws.com ec2.sc2s.sgov.gov states.eu-west-1.amazonaws.com
        aws-eusc: ec2.amazonaws.com states.eu-west-1.amazonaws.com
        ");
        let shown =
            |partition: &str| name(&["ec2.amazonaws.com"], &Partition::parse(partition).unwrap()).unwrap();
        assert_eq!(shown("aws"), "ec2.amazonaws.com");
        assert_eq!(shown("aws-cn"), "ec2.amazonaws.com.cn");
    }
}
