"""The terms of HashingVectorizer's columns."""

from typing import Any

from numpy.typing import NDArray

from torrential.adapters.row_terms import terms_of_rows
from torrential.errors import ParameterError
from torrential.features.names import feature_names
from torrential.features.spec import EncodedRows
from torrential.features.terms.collisions import CollisionReport, report_collisions
from torrential.features.terms.term_index import TermIndex


class ColumnTerms:
    """Names of columns, from an index of the terms that were hashed."""

    index_: TermIndex
    vocabulary_size_: Any

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Name each column: its terms by frequency, with ' | ' between, or 'x' and its number.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        object array of str, shape (n_features,)

        Raises
        ------
        ParameterError
            If no terms were kept.
        """
        return feature_names(self._fitted_index().by_column)

    def inverse_transform(self, X: Any) -> list[NDArray[Any]]:
        """Return the terms of hashed rows, as CountVectorizer does.

        Parameters
        ----------
        X : sparse matrix of shape (n_rows, n_features)

        Returns
        -------
        list of arrays of str
            For each row, all terms of its columns, the more frequent ones of a column first.
        """
        return terms_of_rows(self._fitted_index().by_column, X)

    def collisions(self) -> CollisionReport:
        """Report how many of the collected terms share a column.

        Counted if all terms are kept, else estimated from how many there were.

        Raises
        ------
        ParameterError
            If no terms were kept.
        """
        index = self._fitted_index()
        n_terms = self.vocabulary_size_.n_terms()
        return report_collisions(index.settings.n_features, n_terms, index, index.n_bytes)

    def _note(self, hashed: EncodedRows) -> None:
        if hashed.terms is not None and hashed.registers is not None:
            self.index_.update(hashed.terms)
            self.vocabulary_size_.update(hashed.registers)

    def _fitted_index(self) -> TermIndex:
        if not hasattr(self, "index_"):
            raise ParameterError(
                "This HashingVectorizer kept no terms: give terms=True, then fit it."
            )
        return self.index_
