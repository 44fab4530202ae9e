//! The API's own description: the OpenAPI document, made of the handlers', and Swagger UI to read and try it.
//!
//! Swagger UI's files are built in, compressed as they are sent; a page of this process loads nothing from elsewhere,
//! and its policy holds the browser to that.

use axum::body::Bytes;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Content, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder,
    SecurityRequirement, ServerBuilder,
};

use crate::http::api::BASE;
use crate::http::api::problem::PROBLEM_JSON;

/// The name of the token in the document.
const TOKEN: &str = "token";

const PAGE: &str = include_str!("../../../assets/swagger-ui/index.html");
const START: &str = include_str!("../../../assets/swagger-ui/start.js");
const SCRIPT: &[u8] = include_bytes!("../../../assets/swagger-ui/swagger-ui-bundle.js.gz");
const STYLE: &[u8] = include_bytes!("../../../assets/swagger-ui/swagger-ui.css.gz");

/// Everything comes from here. Swagger UI sets styles in elements and has its icons in the style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// What the document says before its paths.
pub(super) fn head() -> OpenApi {
    let about = "Watch servers, see how they are, and choose who is told. Errors are \
        application/problem+json (RFC 9457) and say how to mend them; fields and parameters that are \
        not described here are refused. Lists come in pages: send `next_cursor` as `cursor` until it \
        is null.";
    let info = InfoBuilder::new()
        .title("Healthbot")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about));
    OpenApiBuilder::new()
        .info(info.build())
        .security(Some([SecurityRequirement::new(TOKEN, [""; 0])]))
        .servers(Some([ServerBuilder::new().url(BASE).build()]))
        .build()
}

/// The document with what holds for every operation: the token, and what each can be refused for.
fn completed(mut document: OpenApi) -> OpenApi {
    let components = document.components.get_or_insert_default();
    let scheme = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The value of HEALTHBOT_ADMIN_TOKEN."));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(scheme.build()));
    for (path, item) in &mut document.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            add_refusals(path, operation);
        }
    }
    document
}

fn add_refusals(path: &str, operation: &mut Operation) {
    let has_body = operation.request_body.is_some();
    let refusals = [
        ("400", has_body, "The body is not JSON, or broke off"),
        ("401", true, "The request carries no valid token"),
        ("404", path.contains('{'), "There is no such thing"),
        ("408", has_body, "The body came too slowly"),
        ("413", has_body, "The body has more than 256 KiB"),
        (
            "422",
            true,
            "Something in the request is not right: `errors` names it",
        ),
        ("503", true, "It cannot be done now"),
    ];
    for (status, applies, description) in refusals {
        if applies {
            let problem = RefOr::Ref(Ref::from_schema_name("Problem"));
            let response = ResponseBuilder::new()
                .description(description)
                .content(PROBLEM_JSON, Content::new(Some(problem)));
            let responses = &mut operation.responses.responses;
            responses
                .entry(status.to_owned())
                .or_insert_with(|| RefOr::T(response.build()));
        }
    }
}

/// The document and the pages around it.
pub(super) fn router(document: OpenApi) -> Router {
    let document = completed(document);
    Router::new()
        .route("/api/openapi.json", get(async move || Json(document)))
        .route("/api/docs", get(page))
        .route("/api/docs/", get(async || Redirect::permanent("/api/docs")))
        .route(
            "/api/docs/start.js",
            get(async || asset("text/javascript", START.as_bytes(), false)),
        )
        .route(
            "/api/docs/swagger-ui-bundle.js",
            get(async || asset("text/javascript", SCRIPT, true)),
        )
        .route(
            "/api/docs/swagger-ui.css",
            get(async || asset("text/css", STYLE, true)),
        )
}

async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, PAGE).into_response()
}

/// A file that is the same until there is another version of this program.
fn asset(media_type: &'static str, content: &'static [u8], compressed: bool) -> Response {
    let headers: [(HeaderName, &str); 2] = [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    let mut response = (headers, Bytes::from_static(content)).into_response();
    if compressed {
        let encoding = axum::http::HeaderValue::from_static("gzip");
        response.headers_mut().insert(CONTENT_ENCODING, encoding);
    }
    response
}
