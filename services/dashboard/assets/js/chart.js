// A trend: lines drawn by ECharts from the table that the place names. The tooltip is rich text, HTML would need inline
// styles, which the content security policy forbids.
import { init, use } from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const INKS = ["#1a5ea8", "#8a5a00", "#7a1512", "#1e7d43"];
const DASHES = ["solid", "dashed", "dotted", "dashed"];
const SHAPES = ["circle", "triangle", "rect", "diamond"];

const cells = (row) => [...row.cells];
const value = (cell) => (cell.dataset.v === undefined || cell.dataset.v === "" ? null : Number(cell.dataset.v));

function optionOf(table, kind) {
  const names = cells(table.tHead.rows[0]).filter((c) => c.dataset.series !== undefined);
  const rows = [...table.tBodies[0].rows];
  const font = getComputedStyle(document.body).fontFamily;
  const size = 13 * (parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);
  return {
    animation: false,
    textStyle: { fontFamily: font, fontSize: size, color: "#1f2328" },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 28, textStyle: { fontSize: size } },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    xAxis: { type: "category", data: rows.map((r) => r.cells[0].textContent.trim()), axisLabel: { fontSize: size, color: "#424a53" } },
    yAxis: { type: "value", scale: kind === "line", axisLabel: { fontSize: size, color: "#424a53" } },
    series: names.map((cell, n) => ({
      name: cell.dataset.series, type: kind, connectNulls: false, showSymbol: n === 0, symbol: SHAPES[n], symbolSize: 8,
      barMaxWidth: 36, color: INKS[n], lineStyle: { type: DASHES[n], width: n === 0 ? 2.5 : 1.5 },
      data: rows.map((r) => value(r.cells[cell.cellIndex])),
    })),
  };
}

function printable(place) {
  const svg = place.querySelector("svg");
  if (svg) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
}

window.shegongChart = (place) => {
  const table = document.getElementById(place.dataset.chart);
  if (!table) return;
  place.style.height = "20rem";
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption(optionOf(table, place.dataset.kind ?? "line"));
  printable(place);
  new ResizeObserver(() => { if (place.isConnected) { chart.resize(); printable(place); } else chart.dispose(); }).observe(place);
};
