//! `hansei serve`: everything together, until SIGTERM or Ctrl-C.
//!
//! Start: configuration, log, store (which refuses unsafe settings), use-cases, reconcilers, the listener; then one line
//! on standard output says that it is ready and where, with the set-up link while nobody can sign in. End: the listener
//! drains, the reconcilers stop, the store makes durable what it has accepted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hansei_app::words::Words;
use hansei_app::{App, AppConfig};
use hansei_connect::egress::Egress;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::options::Options;
use crate::output::{Failure, say};
use crate::settings;
use crate::wiring::loops::Loops;
use crate::wiring::{self, control, metrics, outside};

/// The self-test walks this often, seconds.
const CANARY_SECS: u32 = 300;
/// With an outside heartbeat it walks this often, seconds.
const CANARY_SECS_WITH_HEARTBEAT: u32 = 60;

/// How often it is asked whether the store can still write.
const LOOK: Duration = Duration::from_secs(1);
/// After something that cannot be mended here, the end may take this long.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// A running Hansei.
pub struct Running {
    /// The use-cases.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The link for making the first admin, while nobody can sign in.
    pub setup_url: Option<String>,
    loops: Loops,
    /// `None` once its end has been seen.
    web: Option<tokio::task::JoinHandle<Result<(), String>>>,
    stop: watch::Sender<bool>,
    others: Vec<tokio::task::JoinHandle<()>>,
}

/// `hansei serve`
pub async fn run(options: Box<Options>) -> Result<(), Failure> {
    let options = options.with_file()?;
    init_log(&options)?;
    let mut running = start(&options).await?;
    let stopped = stopped_from_outside()?;
    match &running.setup_url {
        Some(url) => say(format!("hansei ready at http://{} set-up: {url}", running.address)),
        None => say(format!("hansei ready at http://{}", running.address)),
    }
    match running.ended(stopped).await {
        None => running.stop().await,
        Some(why) => {
            tracing::error!(why, "ending, so that a new start can recover");
            // What still works is brought to an end, but nothing may hold up the end itself.
            let _ = tokio::time::timeout(LAST_WORDS, running.stop()).await;
            Err(Failure::Unreachable(why))
        }
    }
}

/// Waits for SIGTERM or Ctrl-C. Both are listened for from this call on: whoever reads the ready line may send one at
/// once.
pub fn stopped_from_outside() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(|e| Failure::Unreachable(e.to_string()));
    let (mut term, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Sets the log up.
pub fn init_log(options: &Options) -> Result<(), Failure> {
    use tracing_subscriber::EnvFilter;
    let filter = options.log.clone().unwrap_or_else(|| "info".into());
    let filter = EnvFilter::try_new(&filter).map_err(|e| Failure::Usage(format!("log: {e}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match options.log_format.as_deref() {
        None | Some("text") => {
            builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
        }
        Some("json") => builder.json().try_init(),
        Some(other) => return Err(Failure::Usage(format!("log_format: {other} is neither text nor json"))),
    };
    done.map_err(|e| Failure::Usage(format!("log: {e}")))
}

/// Starts everything.
pub async fn start(options: &Options) -> Result<Running, Failure> {
    settings::check(options)?;
    settings::advise(options);
    hansei_connect::egress::install_crypto();
    let data_dir = options.data_dir();
    let world = wiring::world();
    let metrics_handle = metrics::install().map_err(Failure::Unreachable)?;
    let store = wiring::open_store(&data_dir, options.database_url.as_deref(), &world).await?;
    let (clock, ids) = world;
    let listener = TcpListener::bind(options.listen())
        .await
        .map_err(|e| Failure::Unreachable(format!("{}: {e}", options.listen())))?;
    let address = listener.local_addr().map_err(|e| Failure::Unreachable(e.to_string()))?;
    let words = Arc::new(Words::built_in());
    let egress =
        Egress::new(settings::egress_policy(options)?).map_err(|e| Failure::Unreachable(e.to_string()))?;
    let senders = outside::senders(options, &egress, &words, &clock)?;
    let config = app_config(options, address)?;
    let app = App::open(store, clock, ids, senders, words, config)
        .await
        .map_err(|e| Failure::Unreachable(format!("the store could not be read: {e}")))?;
    let setup = app.setup_token().await.map_err(|e| Failure::Unreachable(e.to_string()))?;
    let setup_url = setup.map(|token| format!("{}/setup/{token}", app.config.public_url));
    let loops = Loops::start(&app);
    let (stop, stopped) = watch::channel(false);
    let mut others = Vec::new();
    std::fs::create_dir_all(&data_dir)
        .map_err(|e| Failure::Unreachable(format!("{}: {e}", data_dir.display())))?;
    let place = options.place();
    match control::listen(Arc::clone(&app), &place) {
        Ok(door) => others.push(door),
        // A path too long for a socket, or a file system without them: the console has the API instead.
        Err(error) => tracing::warn!(
            %error,
            path = %control::socket_path(&data_dir).display(),
            "no control socket: console commands on this machine cannot reach this Hansei"
        ),
    }
    others.extend(outside::heartbeat(options, &app, &egress));
    others.extend(outside::mail_in(options, &app).await?);
    let web = outside::web(options, &app, metrics_handle)?;
    let mut ending = stopped.clone();
    let web = tokio::spawn(async move {
        let until = async move {
            let _ = ending.wait_for(|stop| *stop).await;
        };
        hansei_web::serve(listener, web, until).await.map_err(|e| e.to_string())
    });
    Ok(Running { app, address, setup_url, loops, web: Some(web), stop, others })
}

fn app_config(options: &Options, address: SocketAddr) -> Result<AppConfig, Failure> {
    let default = if options.heartbeat_url.is_some() { CANARY_SECS_WITH_HEARTBEAT } else { CANARY_SECS };
    Ok(AppConfig {
        public_url: options.public_url(address)?,
        lease_secs: hansei_app::deliver::LEASE_SECS,
        canary_secs: options.canary_secs.unwrap_or(default),
    })
}

impl Running {
    /// Waits for a signal to end (`None`), or for something that only a new start can mend: the listener is gone, or
    /// nothing can be written any more.
    pub async fn ended(&mut self, stopped: impl Future<Output = ()>) -> Option<String> {
        let broken = async {
            loop {
                tokio::time::sleep(LOOK).await;
                if let Some(why) = self.app.store.trouble() {
                    return why;
                }
            }
        };
        let web = async {
            match self.web.as_mut() {
                Some(web) => web.await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            () = stopped => return None,
            why = broken => return Some(format!("nothing can be written any more: {why}")),
            ended = web => ended,
        };
        self.web = None;
        Some(match ended {
            Ok(Err(why)) => format!("the web server ended: {why}"),
            Ok(Ok(())) => "the web server ended".into(),
            Err(error) => format!("the web server ended: {error}"),
        })
    }

    /// Ends everything in order.
    pub async fn stop(self) -> Result<(), Failure> {
        tracing::info!("ending");
        let _ = self.stop.send(true);
        // Streams and slow clients have ten seconds, and so have attempts to tell somebody.
        let web = async {
            match self.web {
                Some(web) => tokio::time::timeout(Duration::from_secs(10), web).await.ok(),
                None => None,
            }
        };
        let (web, ()) = tokio::join!(web, self.loops.stop());
        for task in self.others {
            task.abort();
        }
        self.app.store.close().await;
        match web {
            Some(Ok(Err(why))) => Err(Failure::Unreachable(why)),
            _ => Ok(()),
        }
    }
}
