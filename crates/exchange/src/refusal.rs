//! The venue's refusals: HTTP status, code and message as documented for USD-M futures.
//! Pure data; who refuses decides which.

/// One refusal, as it goes into a REST body or a WebSocket-API error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: i32,
    pub(crate) msg: String,
}

impl Refusal {
    pub(crate) fn new(code: i32, msg: &str) -> Refusal {
        let status = match code {
            -2014 | -2015 => 401,
            -1003 | -1015 => 429,
            -1007 => 408,
            _ => 400,
        };
        Refusal { status, code, msg: msg.to_owned() }
    }

    pub(crate) fn with_status(mut self, status: u16) -> Refusal {
        self.status = status;
        self
    }

    pub(crate) fn missing(name: &str) -> Refusal {
        Refusal::new(
            -1102,
            &format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."),
        )
    }

    /// The REST body.
    pub(crate) fn body(&self) -> String {
        serde_json::json!({"code": self.code, "msg": self.msg}).to_string()
    }
}

/// The refusals that need no argument.
pub(crate) fn refuse(code: i32) -> Refusal {
    let msg = match code {
        -1000 => "Unknown error, please check your request or try again later.",
        -1003 => {
            "Too many requests; current limit of IP is reached. Please use the websocket for \
                live updates to avoid polling the API."
        }
        -1007 => {
            "Timeout waiting for response from backend server. Send status unknown; execution \
                status unknown."
        }
        -1008 => {
            "Server is currently overloaded with other requests. Please try again in a few minutes."
        }
        -1015 => "Too many new orders.",
        -1021 => "Timestamp for this request is outside of the recvWindow.",
        -1022 => "Signature for this request is not valid.",
        -1111 => "Precision is over the maximum defined for this asset.",
        -1115 => "Invalid timeInForce.",
        -1116 => "Invalid orderType.",
        -1117 => "Invalid side.",
        -1121 => "Invalid symbol.",
        -1125 => "This listenKey does not exist.",
        -2011 => "Unknown order sent.",
        -2038 => "Order amend rejected.",
        -2013 => "Order does not exist.",
        -2014 => "API-key format invalid.",
        -2015 => "Invalid API-key, IP, or permissions for action.",
        -2019 => "Margin is insufficient.",
        -2022 => "ReduceOnly Order is rejected.",
        -2025 => "Reach max open order limit.",
        -4001 => "Price less than 0.",
        -4002 => "Price greater than max price.",
        -4003 => "Quantity less than zero.",
        -4004 => "Quantity less than min quantity.",
        -4005 => "Quantity greater than max quantity.",
        -4013 => "Price less than min price.",
        -4014 => "Price not increased by tick size.",
        -4015 => "Client order id is not valid.",
        -4023 => "Qty not increased by step size.",
        -4061 => "Order's position side does not match user's setting.",
        -4108 => "Symbol is on delivering or delivered or settling or closed or pre-trading.",
        -4116 => "ClientOrderId is duplicated.",
        -4120 => {
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints \
                instead."
        }
        -5022 => {
            "Due to the order could not be executed as maker, the Post Only order will be \
                rejected. The order will not be recorded in the order history."
        }
        -5027 => "No need to modify the order.",
        _ => "An unknown error occurred while processing the request.",
    };
    Refusal::new(code, msg)
}
