use futures_util::TryStreamExt;
use keymoor_client::Call;
use serde_json::{Value, json};

use super::{
    arguments::Orgs,
    failure::Failure,
    output,
    session::{Session, block_on},
};

/// Lists the organizations. Those with Federated Authentication want their scope.
pub(crate) fn run(options: &Orgs) -> Result<(), Failure> {
    let session = Session::open(&options.place, Some("auto"))?;
    let items: Vec<Value> = block_on(async {
        let client = session.client()?;
        Ok(client.items(Call::get("/organizations")).try_collect().await?)
    })?;
    let rows: Vec<Value> = items.iter().map(row).collect();
    output::value(&Value::from(rows), options.output)
}

fn row(item: &Value) -> Value {
    let id = item["uuid"].as_str().unwrap_or_default();
    let federated = item["flags"]["federated_authentication"].as_bool().unwrap_or_default();
    json!({
        "uuid": id,
        "name": item["name"],
        "federated": federated,
        "scope": federated.then(|| format!("organization:{id}")),
    })
}
