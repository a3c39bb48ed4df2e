//! Questions of every kind about policies of every shape.

use serde_json::Value;

use crate::{
    conditions::Taste,
    dice::Dice,
    facts,
    judge::{Case, Question},
    policies,
};

/// A question about generated policies; a few lie in another partition.
pub(crate) fn generated(dice: &mut Dice<'_>) -> Case {
    let case = of_the_first_partition(dice);
    if dice.chance(4) { moved(case) } else { case }
}

fn moved(case: Case) -> Case {
    let question = match case.question {
        Question::Assume(facts) => Question::Assume(facts::moved(facts)),
        Question::NobodyNew(facts) => Question::NobodyNew(facts::moved(facts)),
        Question::Keeps(facts) => Question::Keeps(facts::moved(facts)),
        other => return Case { question: other, documents: case.documents },
    };
    let there = |document: &Value| document.to_string().replace("arn:aws:", "arn:aws-cn:");
    let documents = case.documents.iter().map(|one| serde_json::from_str(&there(one)).unwrap()).collect();
    Case { question, documents }
}

fn of_the_first_partition(dice: &mut Dice<'_>) -> Case {
    match dice.below(20) {
        0..=9 => {
            let facts = facts::trust_facts(dice);
            Case { question: Question::Assume(facts), documents: vec![policies::trust(dice)] }
        }
        10..=11 => {
            let facts = facts::trust_facts(dice);
            let one = policies::trust(dice);
            let other = other(dice, &one, Taste::Trust);
            let question = if dice.chance(50) { Question::NobodyNew(facts) } else { Question::Keeps(facts) };
            Case { question, documents: vec![one, other] }
        }
        12..=14 => {
            let policy = policies::permissions(dice);
            let ceiling = other(dice, &policy, Taste::Permissions);
            let mut documents = vec![policy, ceiling];
            if dice.chance(15) {
                documents.push(policies::permissions(dice));
            }
            Case { question: Question::Within, documents }
        }
        _ => {
            let mut documents = vec![policies::permissions(dice)];
            if dice.chance(25) {
                documents.push(policies::permissions(dice));
            }
            of_permissions(dice, documents)
        }
    }
}

/// A question about what permissions are good for.
pub(crate) fn of_permissions(dice: &mut Dice<'_>, documents: Vec<Value>) -> Case {
    let facts = facts::grant_facts(dice);
    let question = match dice.below(4) {
        0 => Question::Administrator(facts),
        1 => Question::Never(
            facts,
            dice.of(&["*", "iam:*", "s3:*", "iam:PassRole", "*:*Role", "s3:GetObject"]).to_owned(),
        ),
        _ => Question::Grants(facts),
    };
    Case { question, documents }
}

fn other(dice: &mut Dice<'_>, one: &Value, taste: Taste) -> Value {
    if dice.chance(75) {
        return policies::neighbour(dice, one, taste);
    }
    match taste {
        Taste::Trust => policies::trust(dice),
        Taste::Permissions => policies::permissions(dice),
    }
}
