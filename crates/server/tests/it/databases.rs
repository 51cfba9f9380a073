//! The database seen from outside the application: what it holds, row by row.

use std::collections::BTreeMap;

use sqlx::{Connection, PgConnection, Row, SqliteConnection};

/// Every row of every table as text, in one order for both databases.
pub type Dump = BTreeMap<String, Vec<String>>;

pub async fn dump(url: &str) -> Dump {
    let mut dump = Dump::new();
    if url.starts_with("sqlite:") {
        let mut db = SqliteConnection::connect(url).await.expect("the database");
        // Indexes of words are made by what fills them: virtual tables and their shadows.
        let tables = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%'";
        for table in words(sqlx::query(tables).fetch_all(&mut db).await.unwrap()) {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = words(
                sqlx::query(sqlx::AssertSqlSafe(columns))
                    .fetch_all(&mut db)
                    .await
                    .unwrap(),
            );
            let quoted: Vec<String> = columns
                .iter()
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            let rows = format!("SELECT {} FROM \"{table}\"", quoted.join(" || ',' || "));
            let rows = words(
                sqlx::query(sqlx::AssertSqlSafe(rows))
                    .fetch_all(&mut db)
                    .await
                    .unwrap(),
            );
            dump.insert(table, rows);
        }
    } else {
        let mut db = PgConnection::connect(url).await.expect("the database");
        let tables =
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
        for table in words(sqlx::query(tables).fetch_all(&mut db).await.unwrap()) {
            let rows = format!("SELECT row_to_json(t)::text FROM \"{table}\" t");
            let rows = words(
                sqlx::query(sqlx::AssertSqlSafe(rows))
                    .fetch_all(&mut db)
                    .await
                    .unwrap(),
            );
            dump.insert(table, rows);
        }
    }
    dump.values_mut().for_each(|rows| rows.sort());
    assert!(dump["event"].len() < 1_000, "a dump is for small databases");
    dump
}

/// The number that one query gives.
pub async fn count(url: &str, sql: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite:") {
        let mut db = SqliteConnection::connect(url).await.expect("the database");
        sqlx::query_scalar(sql).fetch_one(&mut db).await
    } else {
        let mut db = PgConnection::connect(url).await.expect("the database");
        sqlx::query_scalar(sql).fetch_one(&mut db).await
    }
    .expect("a number")
}

/// Carries out one statement.
pub async fn execute(url: &str, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    if url.starts_with("sqlite:") {
        let mut db = SqliteConnection::connect(url).await.expect("the database");
        sqlx::query(sql)
            .execute(&mut db)
            .await
            .expect("the statement");
    } else {
        let mut db = PgConnection::connect(url).await.expect("the database");
        sqlx::query(sql)
            .execute(&mut db)
            .await
            .expect("the statement");
    }
}

fn words<R: Row>(rows: Vec<R>) -> Vec<String>
where
    for<'r> String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    usize: sqlx::ColumnIndex<R>,
{
    rows.iter().map(|row| row.get::<String, usize>(0)).collect()
}
