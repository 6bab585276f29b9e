// Contrast of text against what it stands on, from computed styles, by the formula of WCAG 2.1
// (relative luminance). Runs in the page; text of drawings counts, on the shape of its own group.

// Texts below `least` : 1, as "ratio text". At most ten.
export function faintTexts(least) {
    const parse = (colour) => {
        const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
        return { rgb: [r, g, b], a };
    };
    const luminance = (rgb) => {
        const [r, g, b] = rgb.map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (one, other) => {
        const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (light + 0.05) / (dark + 0.05);
    };
    const isPaint = (colour) => colour && colour !== 'none' && parse(colour).a > 0;
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            if (at instanceof SVGElement) {
                const shape = at.querySelector(':scope > polygon, :scope > rect');
                const fill = shape && getComputedStyle(shape).fill;
                if (at.classList.contains('node') && isPaint(fill)) return parse(fill).rgb;
                continue;
            }
            const colour = getComputedStyle(at).backgroundColor;
            if (isPaint(colour)) return parse(colour).rgb;
        }
        throw new Error('the page has no ground');
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node && faint.length < 10; node = walker.nextNode()) {
        const element = node.parentElement;
        if (
            !node.data.trim() ||
            !element.checkVisibility() ||
            element.closest('script, style, title')
        )
            continue;
        const style = getComputedStyle(element);
        const colour = element instanceof SVGElement ? style.fill : style.color;
        const found = ratio(parse(colour).rgb, ground(element));
        if (found < least) faint.push(`${found.toFixed(2)} ${node.data.trim().slice(0, 40)}`);
    }
    return faint;
}
