use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use futures_util::StreamExt;
use http::StatusCode;

use crate::App;

/// `GET /backup`: everything, sealed under the master key. An error breaks the connection, so that
/// whoever reads knows that it is not whole.
pub(super) async fn read(State(app): State<Arc<App>>) -> Response {
    match app.backup().await {
        Ok(frames) => {
            let frames = frames.inspect(|frame| {
                if let Err(error) = frame {
                    tracing::error!(%error, "the backup is broken off");
                }
            });
            Body::from_stream(frames).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "no backup can be made");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
