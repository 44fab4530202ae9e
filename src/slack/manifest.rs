//! What the app's manifest asks for.

/// The manifest that sets the whole app up in one paste.
const MANIFEST: &str = include_str!("../../manifest.yml");

/// The scopes that the bot's token must have.
pub fn scopes() -> impl Iterator<Item = &'static str> {
    let lines = MANIFEST
        .lines()
        .skip_while(|line| line.trim() != "bot:")
        .skip(1);
    lines
        .map_while(|line| line.trim().strip_prefix("- "))
        .filter_map(|item| item.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_scopes_are_those_of_the_manifest() {
        let scopes: Vec<_> = super::scopes().collect();
        assert!(
            scopes.contains(&"chat:write") && scopes.contains(&"mpim:write"),
            "{scopes:?}"
        );
        assert!(!scopes.contains(&"member_joined_channel"), "{scopes:?}");
    }
}
