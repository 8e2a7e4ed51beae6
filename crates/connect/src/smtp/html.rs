//! A small writer of HTML in which a text cannot become markup: user text only enters through [`Html::text`] and
//! attribute values, both escaped.

/// A document that is being written.
#[derive(Default)]
pub(super) struct Html(String);

impl Html {
    /// Adds markup of ours.
    pub(super) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Adds a text, escaped; also right inside a quoted attribute.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c.is_control() && c != '\n' => self.0.push(' '),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Adds a link that looks like `class`; an address that is not http(s) is shown as text.
    pub(super) fn link(&mut self, class: &'static str, href: &str, text: &str) -> &mut Self {
        if !crate::reader::is_web_link(href, 4096) {
            return self.text(text).raw(" ").text(href);
        }
        self.raw("<a class=\"").raw(class).raw("\" href=\"").text(href).raw("\">").text(text).raw("</a>")
    }

    /// The document.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_stay_texts() {
        let mut html = Html::default();
        html.raw("<p>").text("<b a='x'>&\"\0\u{1b}").raw("</p>");
        html.link("go", "https://a.example/?x=\"><script>", "<i>");
        html.link("go", "javascript:alert(1)", "no");
        assert_eq!(
            html.finish(),
            "<p>&lt;b a=&#39;x&#39;&gt;&amp;&quot;  </p><a class=\"go\" href=\"https://a.example/?x=&quot;&gt;&lt;script&gt;\">&lt;i&gt;</a>no javascript:alert(1)"
        );
    }
}
