//! Signed REST requests about orders, for what the order session cannot ask and
//! for when it is down.
//!
//! Cold rooms send them; the gateway's own wire does for cancels of a panic. It
//! never sends and reads no clock.

use crate::{Dialect, Request, Signer};
use types::{ClientOrderId, InstrumentSpec};

/// What to send: the key's name goes into the header `X-MBX-APIKEY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestRequest {
    /// The HTTP method.
    pub method: &'static str,
    /// Path and signed query.
    pub path: String,
}

impl Dialect {
    /// Asks what became of `order`. Of the request only the time is used.
    #[must_use]
    pub fn rest_status(
        self,
        signer: &Signer,
        request: Request,
        order: ClientOrderId,
        spec: &InstrumentSpec,
    ) -> RestRequest {
        self.about("GET", signer, request, (order, spec))
    }

    /// Cancels `order`.
    #[must_use]
    pub fn rest_cancel(
        self,
        signer: &Signer,
        request: Request,
        order: ClientOrderId,
        spec: &InstrumentSpec,
    ) -> RestRequest {
        self.about("DELETE", signer, request, (order, spec))
    }

    /// What is said of one order by its client id.
    fn about(
        self,
        method: &'static str,
        signer: &Signer,
        request: Request,
        (order, spec): (ClientOrderId, &InstrumentSpec),
    ) -> RestRequest {
        let id = order.to_string();
        let params = [("symbol", spec.symbol.as_str()), ("origClientOrderId", &id)];
        signed((method, self.paths().order), signer, request, &params)
    }

    /// Cancels every order of an instrument, those of other programs too.
    #[must_use]
    pub fn rest_cancel_all(
        self,
        signer: &Signer,
        request: Request,
        spec: &InstrumentSpec,
    ) -> RestRequest {
        let path = self.paths().cancel_all;
        signed(("DELETE", path), signer, request, &[("symbol", spec.symbol.as_str())])
    }

    /// Asks for our fills: of one order by the venue's id, or the latest.
    #[must_use]
    pub fn rest_user_trades(
        self,
        signer: &Signer,
        request: Request,
        venue_order_id: Option<u64>,
        spec: &InstrumentSpec,
    ) -> RestRequest {
        let id = venue_order_id.map(|id| id.to_string());
        let mut params = vec![("symbol", spec.symbol.as_str())];
        params.extend(id.as_deref().map(|id| ("orderId", id)));
        signed(("GET", self.paths().user_trades), signer, request, &params)
    }
}

fn signed(
    (method, path): (&'static str, &str),
    signer: &Signer,
    request: Request,
    params: &[(&str, &str)],
) -> RestRequest {
    let time = request.timestamp_ms.to_string();
    let mut params = params.to_vec();
    params.push(("timestamp", &time));
    RestRequest { method, path: format!("{path}?{}", signer.rest_query(&params)) }
}
