use std::{fs, path::PathBuf};

use keymoor_gateway::print::{Addresses, Proxy, configuration};

#[test]
fn what_lies_under_deploy_is_what_is_printed() {
    for (name, proxy) in Proxy::NAMES {
        let file = match proxy {
            Proxy::Nginx => "nginx.conf",
            Proxy::Caddy => "Caddyfile",
            Proxy::Traefik => "traefik.yaml",
            Proxy::Envoy => "envoy.yaml",
            Proxy::Haproxy => "haproxy.cfg",
            Proxy::Apache => "apache.conf",
        };
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file);
        let printed = configuration(proxy, &Addresses::default());
        for place in ["@LISTEN", "@VERIFY", "@GATEWAY", "@API"] {
            assert!(!printed.contains(place), "{name}: {printed}");
        }
        assert_eq!(fs::read_to_string(path).unwrap(), printed, "{name}: print it again");
    }
}

#[test]
fn the_addresses_are_the_operators() {
    let own = |name: &str| format!("{name}.example:77");
    let addresses =
        Addresses { listen: own("l"), verify: own("v"), gateway: own("g"), api: own("a") };
    for (name, proxy) in Proxy::NAMES {
        let text = configuration(proxy, &addresses);
        let asks = !matches!(proxy, Proxy::Haproxy | Proxy::Apache);
        let wanted = if asks { ["v.example", "a.example"] } else { ["l.example", "g.example"] };
        for host in wanted {
            assert!(text.contains(host), "{name}: {host}");
        }
        assert!(!text.contains("127.0.0.1:"), "{name}: {text}");
    }
}
