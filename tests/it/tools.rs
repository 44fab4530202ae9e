//! What an operator runs beside the bot: doctor, export and import.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::harness::bot::Bot;
use crate::harness::process::{BOT_TOKEN, SIGNING_SECRET, healthbot, workspace};

#[tokio::test]
async fn what_was_exported_and_imported_is_the_same_and_a_false_file_is_refused() {
    let mut bot = Bot::start().await;
    bot.health("add api 10.0.0.5:80 env=LIVE alerts=off").await;
    bot.workspace.invite_bot("ops").await.unwrap();
    bot.stop().await;
    let room = tempfile::tempdir().unwrap();
    let at = |name: &str| room.path().join(name).to_str().unwrap().to_owned();
    let dir = bot.config.data_dir.to_str().unwrap().to_owned();

    let (first, again, copy) = (at("first.jsonl"), at("again.jsonl"), at("copy"));
    let ended = healthbot(&["export", "--data-dir", &dir, "--output", &first], &[])
        .ended()
        .await;
    assert_eq!(ended.0, Some(0), "{}", ended.1);
    let ended = healthbot(&["import", "--data-dir", &copy, &first], &[])
        .ended()
        .await;
    assert_eq!(ended.0, Some(0), "{}", ended.1);
    let ended = healthbot(&["export", "--data-dir", &copy, "--output", &again], &[])
        .ended()
        .await;
    assert_eq!(ended.0, Some(0), "{}", ended.1);
    let lines = |path: &str| {
        let text = fs::read_to_string(path).unwrap();
        // The header tells when it was made, and the trailer's digest is of the header too.
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines[1..lines.len() - 1].to_vec()
    };
    assert_eq!(lines(&first), lines(&again));
    assert!(lines(&first).iter().any(|line| line.contains("\"api\"")));

    let (code, said) = healthbot(&["import", "--data-dir", &copy, &first], &[])
        .ended()
        .await;
    assert!(code != Some(0) && said.contains("empty"), "{said}");
    let whole = fs::read_to_string(&first).unwrap();
    let cut = whole.lines().take(3).collect::<Vec<_>>().join("\n");
    for (name, text) in [
        ("cut", cut),
        ("changed", whole.replace("\"api\"", "\"apj\"")),
    ] {
        let (file, fresh) = (at(name), at(&format!("{name}-data")));
        fs::write(&file, text).unwrap();
        let (code, said) = healthbot(&["import", "--data-dir", &fresh, &file], &[])
            .ended()
            .await;
        assert!(
            code != Some(0) && said.contains("nothing was imported"),
            "{name}: {said}"
        );
    }
    // It holds the addresses of webhooks, so it is nobody else's, whatever was there before.
    let mode = |path: &str| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&first), 0o600);
    let (linked, other) = (at("linked"), at("other"));
    fs::write(&other, "before").unwrap();
    fs::set_permissions(&other, Permissions::from_mode(0o644)).unwrap();
    symlink(&other, &linked).unwrap();
    let ended = healthbot(&["export", "--data-dir", &copy, "-o", &linked], &[])
        .ended()
        .await;
    assert_eq!(ended.0, Some(0), "{}", ended.1);
    assert_eq!(mode(&other), 0o600);
    assert_eq!(lines(&other), lines(&first));
    assert!(fs::symlink_metadata(&linked).unwrap().is_symlink());
    // What is no file is written to, and not replaced by one.
    let (code, said) = healthbot(&["export", "--data-dir", &copy, "-o", "/dev/stdout"], &[])
        .ended()
        .await;
    assert!(
        code == Some(0) && said.contains("healthbot_export"),
        "{said}"
    );
    let (code, said) = healthbot(&["export", "--data-dir", &copy, "-o", &at("no/file")], &[])
        .ended()
        .await;
    assert!(code == Some(1) && said.contains("no/file"), "{said}");
    let left = fs::read_dir(room.path()).unwrap();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let (code, said) = healthbot(&["export", "--data-dir", &at("nowhere")], &[])
        .ended()
        .await;
    assert!(code != Some(0) && said.contains("--data-dir"), "{said}");
}

#[tokio::test]
async fn doctor_is_content_only_when_all_is_well_and_else_says_what_to_do() {
    let slack = workspace().await;
    let room = tempfile::tempdir().unwrap();
    let dir = room.path().join("data").to_str().unwrap().to_owned();
    let api = slack.api_url();
    let well = [
        ("SLACK_SIGNING_SECRET", SIGNING_SECRET),
        ("SLACK_BOT_TOKEN", BOT_TOKEN),
        ("SLACK_API_URL", api.as_str()),
        ("HEALTHBOT_DATA_DIR", dir.as_str()),
    ];
    let (code, said) = healthbot(&["doctor"], &well).ended().await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("ok    token") && !said.contains("WRONG"),
        "{said}"
    );

    let (code, said) = healthbot(&["doctor"], &well[2..]).ended().await;
    assert!(
        code != Some(0) && said.contains("SLACK_SIGNING_SECRET is missing"),
        "{said}"
    );

    let mut revoked = well;
    revoked[1] = ("SLACK_BOT_TOKEN", "xoxb-another");
    let (code, said) = healthbot(&["doctor"], &revoked).ended().await;
    assert!(
        code != Some(0) && said.contains("WRONG token") && said.contains("OAuth"),
        "{said}"
    );
    assert!(!said.contains("xoxb-another"), "{said}");

    let mut away = well;
    away[2] = ("SLACK_API_URL", "http://127.0.0.1:9/api");
    let (code, said) = healthbot(&["doctor"], &away).ended().await;
    assert!(
        code != Some(0) && said.contains("does not answer"),
        "{said}"
    );
}
