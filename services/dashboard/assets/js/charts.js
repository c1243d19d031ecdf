// Charts are drawn from the table beside them; their library is fetched only where there is one.
let library;

function fetched(address) {
  library ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done(window.shegongChart);
    script.onerror = failed;
    document.head.append(script);
  });
  return library;
}

export function drawCharts() {
  for (const place of document.querySelectorAll("[data-chart]:empty")) {
    fetched(place.dataset.library).then((draw) => { if (place.isConnected && !place.firstChild) draw(place); }, () => {});
  }
}
