//! The cluster around the process: its API server, what is served there, and who leads.
//!
//! Comes in:  a kubeconfig, or the surroundings of a Pod.
//! Goes out:  [`Cluster`], the connection; [`kinds`]: what may be asked for; [`follow`]: objects and
//!            their changes, for ever; [`lease`]: which replica does what must happen once.
//! Never here: what an object means.

pub(crate) mod authority;
pub(crate) mod collector;
pub(crate) mod existing;
pub(crate) mod follow;
pub(crate) mod home;
pub(crate) mod kinds;
pub(crate) mod lease;
pub(crate) mod legacy;
pub(crate) mod objects;

use std::env;
use std::path::Path;

use hyper::Request;
use kube::client::{Body, ClientBuilder};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tower::util::MapRequestLayer;

use crate::observe::calls::CallMetrics;

/// A connection to an API server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Cluster(Client);

impl Cluster {
    /// The cluster that a kubeconfig file names, or the one that this process runs in. `None` when
    /// it runs in none. What is asked of its API server is counted.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, or with the surroundings of a Pod.
    pub(crate) async fn connect(
        kubeconfig: Option<&Path>,
        calls: &CallMetrics,
    ) -> Result<Option<Cluster>, String> {
        let config = match kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| error.to_string())?;
                let options = KubeConfigOptions::default();
                let config = Config::from_custom_kubeconfig(file, &options).await;
                config.map_err(|error| error.to_string())?
            }
            None if env::var_os("KUBERNETES_SERVICE_HOST").is_some() => {
                Config::incluster().map_err(|error| error.to_string())?
            }
            None => return Ok(None),
        };
        let builder = ClientBuilder::try_from(config).map_err(|error| error.to_string())?;
        let calls = calls.clone();
        let counting = MapRequestLayer::new(move |request: Request<Body>| {
            calls.count(request.method(), request.uri());
            request
        });
        Ok(Some(Cluster(builder.with_layer(&counting).build())))
    }

    /// The cluster that a person works with: of the named kubeconfig and context, or of the usual ones.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration.
    pub(crate) async fn of_user(
        kubeconfig: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Cluster, String> {
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let config = match kubeconfig {
            Some(path) => {
                let file = Kubeconfig::read_from(path).map_err(|error| error.to_string())?;
                Config::from_custom_kubeconfig(file, &options).await
            }
            None => Config::from_kubeconfig(&options).await,
        };
        let config = config.map_err(|error| error.to_string())?;
        Client::try_from(config)
            .map(Cluster)
            .map_err(|error| error.to_string())
    }

    /// The connection itself.
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}
