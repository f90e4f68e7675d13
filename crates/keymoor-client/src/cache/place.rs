use std::{ffi::OsString, path::PathBuf};

/// The user's folder for caches of Keymoor: `$XDG_CACHE_HOME/keymoor`, else `~/.cache/keymoor`; on
/// macOS `~/Library/Caches/keymoor`, on Windows `%LOCALAPPDATA%\keymoor\cache`. `variable` reads an
/// environment variable. `None` if the user has none.
pub fn user_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if let Some(caches) = absolute("XDG_CACHE_HOME") {
        return Some(caches.join("keymoor"));
    }
    if cfg!(windows) {
        return absolute("LOCALAPPDATA").map(|local| local.join("keymoor").join("cache"));
    }
    let caches = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    absolute("HOME").map(|home| home.join(caches).join("keymoor"))
}
