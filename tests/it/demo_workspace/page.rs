//! The page: what it shows to whom, what is done on it, and whom it does not answer.

use super::*;

async fn state(scene: &Scene, query: &str) -> Value {
    let url = format!("{}page/state?{query}", scene.workspace.page_url());
    scene
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

async fn act(scene: &Scene, act: Value) -> Value {
    let url = format!("{}page/act", scene.workspace.page_url());
    scene
        .http
        .post(url)
        .json(&act)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

#[tokio::test]
async fn every_file_the_page_names_is_served_under_a_strict_policy() {
    let scene = Scene::new().await;
    let base = scene.workspace.page_url();
    let get = |path: String| scene.http.get(format!("{base}{path}")).send();
    let mut wanted = vec![String::new()];
    let mut served = Vec::new();
    while let Some(path) = wanted.pop() {
        let response = get(path.clone()).await.unwrap();
        assert_eq!(response.status(), 200, "/{path}");
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(
            policy.contains("script-src 'self'") && !policy.contains("unsafe"),
            "{policy}"
        );
        let text = response.text().await.unwrap();
        assert!(!text.contains("innerHTML"), "/{path} makes markup of text");
        let quoted = text
            .split(['"', '\''])
            .map(|part| part.replace("./", "page/"));
        let files = quoted
            .map(|part| part.trim_start_matches('/').to_owned())
            .filter(|part| {
                part.starts_with("page/")
                    && [".js", ".css", ".svg"]
                        .iter()
                        .any(|end| part.ends_with(end))
            });
        served.push(path);
        for file in files {
            if !served.contains(&file) && !wanted.contains(&file) {
                wanted.push(file);
            }
        }
    }
    assert!(served.len() > 10, "{served:?}");
}

#[tokio::test]
async fn a_person_sees_their_own_answers_and_no_private_channel_of_others() {
    let scene = Scene::with(|options| Options {
        users: vec![
            SeedUser::new("dana", "Dana"),
            SeedUser::foreign("eve", "Eve", "T0OTHER"),
        ],
        channels: vec![
            SeedChannel {
                shared: true,
                ..SeedChannel::public("ops")
            },
            SeedChannel {
                private: true,
                ..SeedChannel::public("secret")
            },
        ],
        ..options
    })
    .await;
    scene.bot.answers(200, json!({"text": "for dana"}));
    scene
        .workspace
        .command("dana", "ops", "/health")
        .await
        .unwrap();
    let dana = state(&scene, "user=dana").await;
    let eve = state(&scene, "user=eve").await;
    assert_eq!(dana["channels"].as_array().unwrap().len(), 2);
    assert_eq!(eve["channels"].as_array().unwrap().len(), 1);
    assert_eq!(dana["channels"][0]["messages"][0]["ephemeral"], true);
    assert!(
        eve["channels"][0]["messages"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_state_is_told_again_when_it_has_changed() {
    let scene = Scene::new().await;
    let version = state(&scene, "user=dana").await["version"].clone();
    let query = format!("user=dana&after={version}");
    let mut waiting = state(&scene, &query).boxed();
    assert!((&mut waiting).now_or_never().is_none());
    scene.workspace.say("lee", "ops", "hello").unwrap();
    let told = waiting.await;
    assert!(told["version"].as_u64() > version.as_u64());
    assert!(told.to_string().contains("hello"));
}

#[tokio::test]
async fn what_is_done_on_the_page_reaches_the_bot() {
    let scene = Scene::new().await;
    let ops = scene.id("ops");
    let done = json!({"ok": true});
    assert_eq!(
        act(
            &scene,
            json!({"user": "dana", "act": "invite", "channel": ops})
        )
        .await,
        done
    );
    assert_eq!(
        scene.bot.last().json()["event"]["type"],
        "member_joined_channel"
    );
    let typed = json!({"user": "dana", "act": "type", "channel": ops, "text": "/health list"});
    assert_eq!(act(&scene, typed).await, done);
    assert_eq!(scene.bot.last().form("text"), "list");

    let message = json!({"channel": ops, "text": "t", "blocks": [buttons(&["Go", "Stop"])]});
    let ts = scene.call("chat.postMessage", message).await["ts"].clone();
    let press = json!({
        "user": "lee", "act": "press", "surface": "message", "channel": ops, "ts": ts,
        "block_id": "row", "action_id": "do-Stop",
    });
    assert_eq!(act(&scene, press).await, done);
    assert_eq!(
        scene.bot.last().payload()["actions"][0]["value"],
        "value-Stop"
    );
    scene.bot.answers(500, "");
    let failed = json!({"user": "dana", "act": "type", "channel": ops, "text": "/health"});
    let failed = act(&scene, failed).await;
    assert_eq!(
        (&failed["ok"], &failed["error"]),
        (&json!(false), &json!("the app answered 500"))
    );

    let target = Target::http().await.unwrap();
    scene.workspace.add_target("api", target.clone());
    let switch = json!({"user": "dana", "act": "switch", "target": "api", "mode": "failing"});
    assert_eq!(act(&scene, switch).await, done);
    assert_eq!(target.mode(), Mode::Failing);
    assert_eq!(state(&scene, "").await["targets"][0]["mode"], "failing");
}

#[tokio::test]
async fn another_site_in_the_same_browser_is_refused() {
    let scene = Scene::new().await;
    let url = format!("{}page/act", scene.workspace.page_url());
    let deed = json!({"user": "dana", "act": "kick", "channel": "ops"});
    let foreign = scene
        .http
        .post(&url)
        .header("origin", "https://evil.test")
        .json(&deed);
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    let rebound = scene
        .http
        .post(&url)
        .header("host", "evil.test")
        .json(&deed);
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    let simple = scene
        .http
        .post(&url)
        .header("content-type", "text/plain")
        .body(deed.to_string());
    assert_eq!(simple.send().await.unwrap().status(), 415);
}
