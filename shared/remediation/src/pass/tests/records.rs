//! What a pass leaves behind, as people and machines read it.

use serde_json::Value;

use super::fixture::*;
use crate::log_text::LogText;
use crate::record::{Notification, Record};

#[test]
fn a_record_is_one_line_of_json_that_reads_back() {
    let account = account(&unsafe_trust());
    let passed = pass(&trust_world(&account), &updater(), &update(&unsafe_trust()));
    let line = passed.record.line();
    assert!(!line.contains('\n'));
    let read: Record = serde_json::from_str(&line).unwrap();
    assert_eq!(read, passed.record);
    let value: Value = serde_json::from_str(&line).unwrap();
    insta::with_settings!({sort_maps => true}, {
        insta::assert_json_snapshot!("record_of_a_repair", value);
    });
}

#[test]
fn a_notification_holds_no_policies_and_no_external_ids() {
    let account = account(&unsafe_trust());
    let world = trust_world(&account);
    let passed = pass(&world, &updater(), &update(&unsafe_trust()));
    let notification = world.bus.told().remove(0);
    assert_eq!(Notification::of(&passed.record), Some(notification.clone()));
    let text = serde_json::to_string(&notification).unwrap();
    assert!(!text.contains("s3cret-id"), "{text}");
    assert!(!text.contains("Principal"), "{text}");
    insta::assert_json_snapshot!("notification_of_a_repair", notification);
}

#[test]
fn the_same_event_with_the_same_end_has_the_same_notification_id() {
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let account = account(&unsafe_trust());
            let world = trust_world(&account);
            let _ = pass(&world, &updater(), &update(&unsafe_trust()));
            world.bus.told().remove(0).id
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn text_of_strangers_cannot_break_out_of_a_record() {
    let account = account(&safe());
    let mut event = update(&safe());
    event["detail"]["userAgent"] = Value::from("x\n{\"outcome\":\"repaired\"}\u{202e}");
    let passed = pass(&trust_world(&account), &updater(), &event);
    let agent = passed.record.actor.user_agent.clone().unwrap();
    assert_eq!(agent, LogText::new("x\n{\"outcome\":\"repaired\"}\u{202e}"));
    assert_eq!(passed.record.line().lines().count(), 1);
    assert!(!passed.record.line().contains('\u{202e}'));
}
