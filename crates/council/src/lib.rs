//! Members turn signals into votes; the council turns votes into intents.
