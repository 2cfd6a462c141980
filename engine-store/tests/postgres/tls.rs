//! Encrypted connections, to a server that has a certificate and to one that has none.

use std::sync::OnceLock;

use flowwright::base::{Error, ErrorKind};
use flowwright::store::Store;
use flowwright_store::PostgresStore;
use testing_postgres::{Durability, Network, Server};

fn server(network: Network) -> Option<&'static Server> {
    static PLAIN: OnceLock<Option<Server>> = OnceLock::new();
    static TLS: OnceLock<Option<Server>> = OnceLock::new();
    let place = if network == Network::Tls { &TLS } else { &PLAIN };
    let start = || match Server::start_on(Durability::None, network) {
        Ok(server) => Some(server),
        Err(error) => {
            eprintln!("skipped: no PostgreSQL server with {network:?} can be started: {error}");
            None
        }
    };
    place.get_or_init(start).as_ref()
}

/// How the statements' connections and the one that listens are encrypted.
async fn protocols(url: &str) -> Result<Vec<Option<String>>, Error> {
    let store = PostgresStore::connect(url).await?;
    store.now().await?;
    let (client, connection) = {
        let (_, rest) = url.split_once("@localhost:").unwrap();
        let port: u16 = rest.split('/').next().unwrap().parse().unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(port).user("postgres").dbname("postgres");
        config.connect(tokio_postgres::NoTls).await.unwrap()
    };
    let driver = tokio::spawn(connection);
    let question = "SELECT s.version FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
        WHERE a.application_name = $1 ORDER BY a.pid";
    let name = url.split("application_name=").nth(1).unwrap();
    let rows = client.query(question, &[&name]).await.unwrap();
    driver.abort();
    store.close().await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

#[tokio::test]
async fn a_connection_is_encrypted_as_the_url_says() {
    let Some(server) = server(Network::Tls) else { return };
    let authority = server.authority().display().to_string().replace('/', "%2F");
    for (name, how, encrypted) in [
        ("one", "sslmode=disable", false),
        ("two", "sslmode=prefer", true),
        ("three", "sslmode=require", true),
        ("four", &format!("sslmode=verify-ca&sslrootcert={authority}"), true),
        ("five", &format!("sslmode=verify-full&sslrootcert={authority}"), true),
    ] {
        let url = format!("{}?schema=tls_{name}&{how}&application_name={name}", server.network_url());
        let protocols = protocols(&url).await.unwrap();
        assert!(protocols.len() > 1, "{how}: {protocols:?}");
        assert!(protocols.iter().all(|protocol| protocol.is_some() == encrypted), "{how}: {protocols:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_trusted_is_not_talked_to() {
    let Some(server) = server(Network::Tls) else { return };
    let by_number = server.network_url().replace("localhost", "127.0.0.1");
    let authority = server.authority().display().to_string();
    for (url, how) in [
        // Nobody that this machine knows has signed it.
        (server.network_url(), "sslmode=verify-full".to_owned()),
        // It is signed for another name.
        (by_number.clone(), format!("sslmode=verify-full&sslrootcert={authority}")),
    ] {
        let error = PostgresStore::connect(&format!("{url}?{how}")).await.err().unwrap();
        let shown = error.to_string();
        assert!(shown.contains("certificate") || shown.contains("sslrootcert"), "{how}: {shown}");
        assert!(matches!(error.kind(), ErrorKind::StoreUnavailable | ErrorKind::InvalidArgument), "{shown}");
    }
    // The name is not looked at.
    let url = format!("{by_number}?schema=tls_name&sslmode=verify-ca&sslrootcert={authority}");
    PostgresStore::connect(&url).await.unwrap();
}

#[tokio::test]
async fn encryption_that_is_required_and_cannot_be_is_an_error_that_says_so() {
    let Some(server) = server(Network::Plain) else { return };
    let url = format!("{}?sslmode=require", server.network_url());
    let error = PostgresStore::connect(&url).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::StoreUnavailable);
    let shown = error.to_string();
    assert!(shown.contains("sslmode") && shown.contains("does not support TLS"), "{shown}");
    PostgresStore::connect(&server.network_url()).await.unwrap();
}
