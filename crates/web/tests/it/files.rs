//! What is around the pages: health, files of the organisers, what search
//! engines read.

use http::StatusCode;

use crate::summits::{BASE, EVENT, Summit};

#[tokio::test]
async fn the_server_tells_of_its_health() {
    let summit = Summit::open().await;
    assert_eq!(summit.get("/healthz").await.text(), "ok\n");
    assert_eq!(summit.get("/readyz").await.status, StatusCode::OK);
    let metrics = summit.get("/metrics").await;
    assert_eq!(metrics.text(), "a_metric 1\n");
    assert!(
        metrics
            .header("content-type")
            .starts_with("text/plain; version=0.0.4")
    );
}

#[tokio::test]
async fn a_server_without_its_database_lives_and_is_not_ready() {
    let summit = Summit::open().await;
    summit.service.close().await;
    assert_eq!(summit.get("/healthz").await.status, StatusCode::OK);
    let unready = summit.get("/readyz").await;
    assert_eq!(unready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unready.text(), "not ready\n");
}

#[tokio::test]
async fn a_page_of_the_organisers_never_runs_as_ours() {
    let summit = Summit::open().await;
    let folder = summit.folder.path().join("public");
    std::fs::write(folder.join("page.html"), "<script>alert(1)</script>").unwrap();
    std::fs::write(
        folder.join("logo.svg"),
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    .unwrap();
    for (path, kind) in [
        ("page.html", "text/html; charset=utf-8"),
        ("logo.svg", "image/svg+xml"),
    ] {
        let file = summit.get(&format!("/public/{path}")).await;
        assert_eq!(file.status, StatusCode::OK);
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let policy = file.header("content-security-policy");
        assert!(
            policy.contains("sandbox") && !policy.contains("script"),
            "{policy}"
        );
    }
    std::fs::write(summit.folder.path().join("secret.txt"), "secret").unwrap();
    for path in [
        "/public/../secret.txt",
        "/public/%2e%2e/secret.txt",
        "/public/..%2fsecret.txt",
        "/public/nothing.txt",
    ] {
        assert_eq!(
            summit.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn search_engines_learn_of_every_page() {
    let summit = Summit::open().await;
    let robots = summit.get("/robots.txt").await;
    assert!(
        robots
            .text()
            .contains("Disallow: /account/\nDisallow: /api/\n")
    );
    assert!(
        robots
            .text()
            .ends_with(&format!("Sitemap: {BASE}/sitemap.xml\n"))
    );
    let map = summit.get("/sitemap.xml").await;
    assert_eq!(map.header("content-type"), "application/xml; charset=utf-8");
    // Home, event, schedule, speakers, two talks and a speaker.
    assert_eq!(map.text().matches("<loc>").count(), 7, "{}", map.text());
    for page in map.text().split("<loc>").skip(1) {
        let url = page.split("</loc>").next().unwrap();
        let path = url.strip_prefix(BASE).unwrap();
        assert_eq!(summit.get(path).await.status, StatusCode::OK, "{path}");
    }
    assert!(
        map.text()
            .contains(&format!("{BASE}/{EVENT}/schedule/</loc>"))
    );
}
