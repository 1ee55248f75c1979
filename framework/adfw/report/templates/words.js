/* How the page words numbers; the same forms as the tables above it. */
const Words = (() => {
  function score(value) {
    if (value === Infinity) return "∞";
    if (value === -Infinity) return "−∞";
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-4 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  }

  function share(count, total) {
    return total ? `${((100 * count) / total).toFixed(1)} %` : "undefined";
  }

  function money(value) {
    if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
    return String(Number(value.toPrecision(3)));
  }

  function plural(count, one, many) {
    return `${count} ${count === 1 ? one : many}`;
  }

  return { score, share, money, plural };
})();
