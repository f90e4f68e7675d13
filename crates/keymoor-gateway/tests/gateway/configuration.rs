use keymoor_gateway::Config;

use crate::{certificate::certificate, support::World};

#[tokio::test]
async fn a_new_file_counts_from_the_next_request_on() {
    let world = World::new().await;
    assert_eq!(world.get("/news", "").await.status, 401);
    let text = format!(
        "upstream = \"http://{}\"\n[[route]]\npath = \"/news\"\npublic = true\n",
        world.echo.address
    );
    world.gateway.reload(&Config::parse(&text).unwrap(), None).unwrap();
    assert_eq!(world.get("/news", "").await.status, 200);
    assert_eq!(world.get("/public/x", "").await.status, 401);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_changes_nothing() {
    let world = World::new().await;
    let text = "upstream = \"http://127.0.0.1:9\"\n[[route]]\npath = \"/x\"\nupstream = \"none\"\n";
    let refused = world.gateway.reload(&Config::parse(text).unwrap(), None).unwrap_err();
    assert_eq!(refused.to_string(), "there is no [upstreams.none]");
    assert_eq!(world.get("/public/x", "").await.status, 200);
}

#[tokio::test]
async fn neither_file_nor_certificate_counts_if_one_of_them_cannot_be_used() {
    let world = World::new().await;
    let certificate = certificate();
    let tls = certificate.opened();
    let text = format!(
        "upstream = \"http://{}\"\n[[route]]\npath = \"/news\"\npublic = true\n",
        world.echo.address
    );
    let config = Config::parse(&text).unwrap();
    let key = std::fs::read(certificate.key()).unwrap();
    std::fs::write(certificate.key(), "no key").unwrap();
    let refused = world.gateway.reload(&config, Some(&tls)).unwrap_err();
    assert!(refused.to_string().contains("key.pem"), "{refused}");
    assert_eq!(world.get("/news", "").await.status, 401);
    assert_eq!(world.get("/public/x", "").await.status, 200);
    std::fs::write(certificate.key(), key).unwrap();
    world.gateway.reload(&config, Some(&tls)).unwrap();
    assert_eq!(world.get("/news", "").await.status, 200);
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said() {
    let cases = [
        ("upstrem = \"x\"", "unknown field `upstrem`"),
        ("upstream = \"127.0.0.1:9000\"", "is no URL such as http://127.0.0.1:9000"),
        ("upstream = \"http://u:p@h\"", "is no URL"),
        ("[[route]]\npath = \"x\"", "a path begins with /"),
        ("[[route]]\npath = \"/a b\"", "between slashes stand"),
        ("[[route]]\npath = \"/{a}/{a}\"", "each {name} stands once"),
        (
            "[[route]]\npath = \"/a\"\norganization = { path = \"b\" }",
            "{b} does not stand in the path",
        ),
        ("[[route]]\npath = \"/a\"\npublic = true\nscopes = [\"x\"]", "what is public has no"),
        ("[[route]]\npath = \"/a\"\nmethods = [\"get\"]", "is no method in capitals"),
        ("[[route]]\npath = \"/a\"\nscopes = [\"a b\"]", "is no scope"),
        ("upgrades = [\"h2c\"]", "would be requests that nobody judges"),
        ("token = \"internal\"", "needs internal-key-file"),
        ("upstream = \"http://h\"\nconnections = 0", "connections = 0 would serve nobody"),
        ("connections-per-address = 0", "connections-per-address = 0 would serve nobody"),
        ("idle-seconds = 0", "idle-seconds = 0 would serve nobody"),
        ("answer-seconds = 0", "answer-seconds = 0 would serve nobody"),
        ("answer-idle-seconds = 0", "answer-idle-seconds = 0 would serve nobody"),
        ("health = \"/fit\"", "say where the API is"),
        ("upstream = \"http://h\"\nhealth = \"fit\"", "the path of health begins with /"),
    ];
    let world = World::new().await;
    for (text, said) in cases {
        let told = match Config::parse(text) {
            Err(error) => error.to_string(),
            Ok(config) => world.gateway.reload(&config, None).unwrap_err().to_string(),
        };
        assert!(told.contains(said), "{text}: {told}");
    }
}

#[tokio::test]
async fn s93_who_is_served_is_served_to_the_end() {
    use tokio::io::AsyncWriteExt;
    let mut world = World::new().await;
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    let token = world.bare();
    let head = format!(
        "POST /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Length: 4\r\n\r\nab"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    while world.get("/public/x", "").await.status != 200 {}
    world.stop();
    tokio::task::yield_now().await;
    stream.write_all(b"cd").await.unwrap();
    let answer = crate::support::read_message(&mut stream, &mut Vec::new()).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("abcd"), "{answer}");
}
