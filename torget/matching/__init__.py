"""Swedish text: words, stems, compounds, likeness."""
